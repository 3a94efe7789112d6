import { axes, label } from "./axes.ts";
import { element, join, picture, text, type Markup } from "./element.ts";
import { extent, linearScale } from "./scale.ts";

export interface DotRow {
  readonly name: string;
  readonly values: readonly { readonly value: number; readonly name: string }[];
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** CSS class of a colour. */
  readonly look: string;
}

/** A row for each kind: a dot a value, and the mean with its interval. Dashed: `reference`, or the first row's mean. */
export function dotChart(
  rows: readonly DotRow[],
  {
    title,
    description,
    xName,
    reference = rows[0]!.mean,
  }: { title: string; description: string; xName: string; reference?: number },
): Markup {
  const [width, band] = [760, 38];
  const frame = { left: 262, top: 10, right: width - 66, bottom: 10 + band * rows.length };
  const x = linearScale(
    extent([
      reference,
      ...rows.flatMap(({ values, low, high }) => [low, high, ...values.map(({ value }) => value)]),
    ]),
    [frame.left, frame.right],
  );
  const dashed = x(reference);
  return picture(
    { width, height: frame.bottom + 44, title, description },
    axes(frame, { x, xName }),
    element("line", { class: "line reference", x1: dashed, x2: dashed, y1: frame.top, y2: frame.bottom }),
    ...rows.map(({ name, values, mean, low, high, look }, i) => {
      const y = frame.top + band * (i + 0.5);
      return join(
        label(name, {
          x: frame.left - 12,
          y: y + 4,
          "text-anchor": "end",
          class: i === 0 ? "row first" : "row",
        }),
        ...values.map((v) =>
          element(
            "circle",
            { class: `dot faint ${look}`, cx: x(v.value), cy: y + 7, r: 3.5 },
            element("title", {}, text(v.name)),
          ),
        ),
        element("line", { class: `line strong ${look}`, x1: x(low), x2: x(high), y1: y - 5, y2: y - 5 }),
        element(
          "circle",
          { class: `dot mean ${look}`, cx: x(mean), cy: y - 5, r: 5 },
          element(
            "title",
            {},
            text(`${name}: mean ${mean.toFixed(2)} %, ${low.toFixed(2)} – ${high.toFixed(2)} %`),
          ),
        ),
        label(mean.toFixed(2), { x: frame.right + 12, y: y + 4, class: i === 0 ? "row first" : "row" }),
      );
    }),
  );
}
