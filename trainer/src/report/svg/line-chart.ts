import { axes, label } from "./axes.ts";
import { element, join, picture, pixels, text, type Markup } from "./element.ts";
import { extent, linearScale, logScale, type Scale } from "./scale.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** CSS classes: a colour, and `strong`, `faint`, `dashed`. */
  readonly look: string;
  /** A dot at each point: for measurements that no line connects by itself. */
  readonly dots?: boolean;
}

export interface LineChartOptions {
  readonly title: string;
  readonly description: string;
  readonly xName?: string;
  readonly yName?: string;
  readonly width?: number;
  readonly height?: number;
  readonly x?: "linear" | "log";
  readonly y?: "linear" | "log";
  readonly yDomain?: readonly [number, number];
  /** The chart's name inside the picture: for small multiples. */
  readonly heading?: string;
}

/** Lines over a common axis. Those that leave the y domain are clipped. */
export function lineChart(lines: readonly Line[], options: LineChartOptions): Markup {
  const { title, description, xName, yName, width = 640, height = 340, heading } = options;
  const frame = {
    left: 46,
    top: yName || heading ? 30 : 12,
    right: width - 14,
    bottom: height - (xName ? 42 : 24),
  };
  const points = lines.flatMap((line) => line.points);
  const x = scaleOf(
    options.x,
    points.map((p) => p[0]),
    [frame.left, frame.right],
    0,
    width,
  );
  const y = options.yDomain
    ? (options.y === "log" ? logScale : linearScale)(options.yDomain, [frame.bottom, frame.top])
    : scaleOf(
        options.y,
        points.map((p) => p[1]),
        [frame.bottom, frame.top],
        0.06,
        width,
      );
  const clip = `clip-${hash(title + heading)}`;
  return picture(
    { width, height, title, description },
    element(
      "clipPath",
      { id: clip },
      element("rect", {
        x: frame.left - 4,
        y: frame.top - 4,
        width: frame.right - frame.left + 8,
        height: frame.bottom - frame.top + 8,
      }),
    ),
    ...(heading ? [label(heading, { x: frame.left - 36, y: 16, class: "heading" })] : []),
    axes(frame, { x, y, ...(xName && { xName }), ...(yName && { yName }) }),
    element("g", { "clip-path": `url(#${clip})` }, ...lines.map((line) => draw(line, x, y))),
  );
}

function draw({ name, points, look, dots }: Line, x: Scale, y: Scale): Markup {
  const path = points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${pixels(x(a))} ${pixels(y(b))}`).join("");
  const title = element("title", {}, text(name));
  return join(
    element("path", { class: `line ${look}`, d: path }, title),
    ...(dots
      ? points.map(([a, b]) => element("circle", { class: `dot ${look}`, cx: x(a), cy: y(b), r: 3 }, title))
      : []),
  );
}

function scaleOf(
  kind: "linear" | "log" = "linear",
  values: readonly number[],
  range: readonly [number, number],
  margin: number,
  width: number,
): Scale {
  if (kind === "linear") return linearScale(extent(values, margin), range, width < 400 ? 3 : 5);
  const positive = values.filter((v) => v > 0);
  return logScale(
    [Math.min(...positive, 1e9) * (1 - margin), Math.max(...positive, 1e-9) * (1 + margin)],
    range,
  );
}

/** Names of lines beside their strokes. */
export function legend(lines: readonly Pick<Line, "name" | "look">[]): Markup {
  const entries = lines.map(({ name, look }) =>
    element(
      "li",
      {},
      element(
        "svg",
        { viewBox: "0 0 24 8", width: 24, height: 8, "aria-hidden": "true" },
        element("line", { class: `line ${look}`, x1: 1, x2: 23, y1: 4, y2: 4 }),
      ),
      text(name),
    ),
  );
  return element("ul", { class: "legend" }, ...entries);
}

const hash = (words: string): string => {
  let h = 0;
  for (const character of words) h = (Math.imul(h, 31) + character.codePointAt(0)!) | 0;
  return (h >>> 0).toString(36);
};
