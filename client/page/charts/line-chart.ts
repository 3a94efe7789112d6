import { svg } from "../dom.ts";
import { createPicture, type Margins } from "./frame.ts";
import { extent, linearScale } from "./scale.ts";

export interface Series {
  readonly name: string;
  /** Names the look in page.css: `teacher`, `fixed`, `faint`… */
  readonly look: string;
  /** [x, y] in order of x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChartOptions {
  readonly height?: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly formatY?: (y: number) => string;
  /** Fixed ends of an axis; else they follow the data. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
}

export interface LineChart {
  /**
   * @param summary for screen readers
   * @param marker an x at which a vertical line stands
   */
  update(series: readonly Series[], summary: string, marker?: number): void;
  setXRange(range: readonly [number, number]): void;
}

const margins: Margins = { top: 14, right: 12, bottom: 36, left: 48 };

/** Lines with axes. The last point of each series is marked; names are in the legend that the page writes. */
export function createLineChart(
  container: Element,
  { height = 240, xLabel, yLabel, formatY = String, xRange, yRange }: LineChartOptions,
): LineChart {
  let series: readonly Series[] = [];
  let marker: number | undefined;
  let fixedX = xRange;
  const paint = (width: number, tall: number): Node[] => {
    const points = series.flatMap((one) => one.points);
    const x = linearScale(
      fixedX ?? extent(points.map(([value]) => value)),
      [margins.left, width - margins.right],
      Math.max(2, Math.floor(width / 90)),
    );
    const y = linearScale(
      yRange ?? padded(extent(points.map(([, value]) => value))),
      [tall - margins.bottom, margins.top],
      4,
    );
    const [left, right, bottom] = [margins.left, width - margins.right, tall - margins.bottom];
    return [
      ...y.ticks.flatMap((tick) => [
        svg("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }),
        svg("text", { class: "tick", x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, [formatY(tick)]),
      ]),
      ...x.ticks.map((tick) =>
        svg("text", { class: "tick", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, [String(tick)]),
      ),
      svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
      svg("text", { class: "tick", x: right, y: bottom + 31, "text-anchor": "end" }, [xLabel]),
      svg("text", { class: "tick", x: 2, y: 10 }, [yLabel]),
      ...(marker === undefined
        ? []
        : [svg("line", { class: "marker", x1: x(marker), x2: x(marker), y1: margins.top, y2: bottom })]),
      ...series.flatMap((one) => drawSeries(one, x, y)),
    ];
  };
  const picture = createPicture(container, height, paint);
  return {
    update(next, summary, at) {
      [series, marker] = [next, at];
      picture.draw(summary);
    },
    setXRange(range) {
      fixedX = range;
    },
  };
}

function drawSeries(
  { look, points }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
): Node[] {
  const finite = points.filter(([, value]) => Number.isFinite(value));
  const last = finite.at(-1);
  if (!last) return [];
  const path = finite.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  return [
    svg("polyline", { class: `line ${look}`, points: path }),
    svg("circle", { class: `end ${look}`, cx: x(last[0]), cy: y(last[1]), r: 3.5 }),
  ];
}

/**
 * A little room, and never less than a tenth of the values' size: a line that hardly moves should look as if it hardly
 * moved.
 */
function padded([low, high]: readonly [number, number]): [number, number] {
  const least = 0.1 * Math.max(1, Math.abs(low), Math.abs(high));
  const room = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return [low - room, high + room];
}
