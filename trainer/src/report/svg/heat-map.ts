import { label } from "./axes.ts";
import { element, picture, text, type Markup } from "./element.ts";

export interface HeatMapOptions {
  readonly title: string;
  readonly description: string;
  readonly heading: string;
  /** The value of the strongest colour; the same for maps that are compared. */
  readonly limit: number;
}

/** A square matrix [size, size], row-major, in shades of two colours around 0. */
export function heatMap(values: readonly number[], size: number, options: HeatMapOptions): Markup {
  const { title, description, heading, limit } = options;
  const cell = 220 / size;
  const [left, top] = [22, 40];
  const named = size <= 20;
  return picture(
    { width: left + 220 + 6, height: top + 220 + 6, title, description },
    label(heading, { x: left, y: 16, class: "heading" }),
    ...(named
      ? Array.from({ length: size }, (_, k) => [
          label(String(k), {
            x: left + cell * (k + 0.5),
            y: top - 5,
            "text-anchor": "middle",
            class: "tick",
          }),
          label(String(k), {
            x: left - 6,
            y: top + cell * (k + 0.5) + 4,
            "text-anchor": "end",
            class: "tick",
          }),
        ]).flat()
      : []),
    ...values.map((value, i) =>
      element(
        "rect",
        {
          class: value < 0 ? "heat negative" : "heat positive",
          x: left + cell * (i % size),
          y: top + cell * Math.floor(i / size),
          width: Math.max(1, cell - 1),
          height: Math.max(1, cell - 1),
          style: `fill-opacity:${Math.min(1, Math.abs(value) / (limit || 1)).toFixed(3)}`,
        },
        element(
          "title",
          {},
          text(`row ${Math.floor(i / size)}, column ${i % size}: ${Number(value.toPrecision(4))}`),
        ),
      ),
    ),
  );
}
