import { LecternError } from "@lectern/shared/errors";

/** A value that isn't a number, in more ways than this, is no category: an identifier, a date, free text. */
const mostCategories = 1000;

/** What is learned about a column as rows pass by. */
export interface ColumnSummary {
  add(cell: string, row: string): void;
  /** How its cells become numbers. Call it once all rows have passed. */
  encoder(): ColumnEncoder;
}

/** A column's cells as inputs of a student. */
export interface ColumnEncoder {
  /** Numbers that a cell becomes. */
  readonly width: number;
  /** Writes them into `to` from `at`, where zeros stand. */
  write(cell: string, to: Float32Array, at: number): void;
}

/** @param missing tells a value that isn't known */
export function summarizeColumn(name: string, missing: (cell: string) => boolean): ColumnSummary {
  const categories = new Set<string>();
  let [isNumeric, anyMissing] = [true, false];
  let [count, mean, squares] = [0, 0, 0];
  return {
    add(cell, row) {
      if (missing(cell)) {
        anyMissing = true;
        return;
      }
      const value = Number(cell);
      if (isNumeric && Number.isFinite(value)) {
        // Welford 1962: no two large sums that cancel.
        count++;
        const before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
      } else isNumeric = false;
      // Of a column of numbers, categories are only needed should a word come yet.
      if (categories.size <= mostCategories) categories.add(cell);
      if (!isNumeric && categories.size > mostCategories)
        throw new LecternError(
          "invalid-data",
          `Column ${name} has more than ${mostCategories} different values that aren't all numbers (${row} has ${JSON.stringify(cell)}).`,
          "Name it in drop, in a .table.json.",
        );
    },
    encoder() {
      if (!isNumeric) return categoryEncoder([...categories].toSorted(), missing);
      const deviation = count > 0 ? Math.sqrt(squares / count) : 0;
      return numberEncoder(mean, deviation === 0 ? 0 : 1 / deviation, anyMissing ? missing : undefined);
    },
  };
}

/** (v − mean)/deviation; with missing values a second number says so, and the first is the mean: 0. */
function numberEncoder(
  mean: number,
  scale: number,
  missing: ((cell: string) => boolean) | undefined,
): ColumnEncoder {
  return {
    width: missing ? 2 : 1,
    write(cell, to, at) {
      if (missing?.(cell)) to[at + 1] = 1;
      else {
        const value = (Number(cell) - mean) * scale;
        // What the test rows alone have (a word, a missing value) is like the mean.
        to[at] = Number.isFinite(value) ? value : 0;
      }
    },
  };
}

/** A 1 in the category's place; none for one that training has never seen. A missing value is such a one. */
function categoryEncoder(categories: readonly string[], missing: (cell: string) => boolean): ColumnEncoder {
  const places = new Map(categories.map((category, i) => [category, i]));
  return {
    width: categories.length,
    write(cell, to, at) {
      const place = missing(cell) ? undefined : places.get(cell);
      if (place !== undefined) to[at + place] = 1;
    },
  };
}

/** All columns of pictures in tables: numbers over a divisor. */
export const divideBy = (name: string, divisor: number): ColumnEncoder => ({
  width: 1,
  write(cell, to, at) {
    const value = Number(cell);
    if (cell === "" || !Number.isFinite(value))
      throw new LecternError(
        "invalid-data",
        `Column ${name} has ${JSON.stringify(cell)}, expected a number.`,
        "Correct the row, or leave image out.",
      );
    to[at] = value / divisor;
  },
});
