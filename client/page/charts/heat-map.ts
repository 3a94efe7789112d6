import { svg } from "../dom.ts";
import { createPicture } from "./frame.ts";

export interface HeatMapOptions {
  readonly height?: number;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What stands at the columns and rows; the first row is drawn at the bottom. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
}

export interface HeatMap {
  /**
   * @param values [column][row], of which there may be more now
   * @param columns what stands at them
   */
  update(values: readonly (readonly number[])[], columns: readonly number[]): void;
  /**
   * @param summary for screen readers
   * @param marked the column with a frame around it
   */
  mark(marked: number, summary: string): void;
}

const margins = { top: 18, right: 12, bottom: 36, left: 48 };

/** Drawn when something is marked: [column][row] in shades of one colour above 0 and another below. */
export function createHeatMap(
  container: Element,
  given: readonly (readonly number[])[],
  { height = 260, xLabel, yLabel, columns: at, rows }: HeatMapOptions,
): HeatMap {
  let marked = 0;
  let [values, columns] = [given, at];
  const picture = createPicture(container, height, (width, tall) => {
    if (columns.length === 0) return [];
    const [wide, high] = [
      (width - margins.left - margins.right) / columns.length,
      (tall - margins.top - margins.bottom) / rows.length,
    ];
    const bottom = tall - margins.bottom;
    const limit = Math.max(...values.flat().map(Math.abs)) || 1;
    const every = Math.max(1, Math.ceil((columns.length * 46) / (width - margins.left)));
    return [
      ...values.flatMap((column, c) =>
        column.map((value, r) =>
          svg("rect", {
            class: value < 0 ? "heat below" : "heat above",
            x: margins.left + c * wide,
            y: bottom - (r + 1) * high,
            width: wide,
            height: high,
            "fill-opacity": (Math.abs(value) / limit).toFixed(3),
          }),
        ),
      ),
      svg("rect", {
        class: "frame",
        x: margins.left + marked * wide,
        y: margins.top,
        width: wide,
        height: bottom - margins.top,
      }),
      ...rows.flatMap((row, r) =>
        r % 2 === 0
          ? [
              svg(
                "text",
                {
                  class: "tick",
                  x: margins.left - 6,
                  y: bottom - (r + 0.5) * high + 4,
                  "text-anchor": "end",
                },
                [String(row)],
              ),
            ]
          : [],
      ),
      ...columns.flatMap((column, c) =>
        c % every === 0
          ? [
              svg(
                "text",
                {
                  class: "tick",
                  x: margins.left + (c + 0.5) * wide,
                  y: bottom + 16,
                  "text-anchor": "middle",
                },
                [String(column)],
              ),
            ]
          : [],
      ),
      svg("text", { class: "tick", x: width - margins.right, y: bottom + 31, "text-anchor": "end" }, [
        xLabel,
      ]),
      svg("text", { class: "tick", x: 2, y: 11 }, [yLabel]),
    ];
  });
  return {
    update(nextValues, nextColumns) {
      [values, columns] = [nextValues, nextColumns];
    },
    mark(column, summary) {
      marked = column;
      picture.draw(summary);
    },
  };
}
