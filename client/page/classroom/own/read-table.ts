import { LecternError } from "@lectern/shared/errors";
import { distinct } from "./fit-classes.ts";
import { checkCount, checkOwnData, type OwnData } from "./own-data.ts";

/** A table of text, checked to be rectangular. */
export interface Table {
  readonly source: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly name: string;
  /** Most of its first thousand cells are numbers. */
  readonly numeric: boolean;
}

/** More classes than these are a quantity rather than a label. */
const mostClasses = 1000;
const mostColumns = 5000;

const refuse = (problem: string, remedy: string): never => {
  throw new LecternError("invalid-data", problem, remedy);
};

/** Finite decimal numbers; not "", "NaN" or "0x10". */
export const isNumber = (cell: string): boolean =>
  /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(cell) && Number.isFinite(Math.fround(Number(cell)));

/**
 * Rows of cells as a table. The first row names the columns unless all of it are numbers.
 *
 * @throws LecternError `invalid-data`: too few rows, one column, rows of another length
 * @example
 * ```ts
 * const table = openTable(Papa.parse(text, { skipEmptyLines: "greedy" }).data, "flowers.csv");
 * ```
 */
export function openTable(cells: readonly (readonly string[])[], source: string): Table {
  const [head] = cells;
  if (!head) return refuse(`${source} is empty.`, "Choose a file with a row for each example.");
  const width = head.length;
  if (width < 2)
    refuse(
      `${source} has one column, expected numbers and a label.`,
      "Separate columns by commas, semicolons or tabs.",
    );
  if (width > mostColumns)
    refuse(`${source} has ${width} columns, expected at most ${mostColumns}.`, "Leave some out.");
  const named = !head.every(isNumber);
  const rows = named ? cells.slice(1) : cells;
  const ragged = rows.findIndex((row) => row.length !== width);
  if (ragged >= 0)
    refuse(
      `Row ${ragged + 1} of ${source} has ${rows[ragged]!.length} cells, expected ${width} as in the first line.`,
      "Mend that row.",
    );
  checkCount(source, rows.length, "rows");
  const names = named ? uniqueNames(head) : head.map((_, i) => `column ${i + 1}`);
  const sample = rows.slice(0, 1000);
  return {
    source,
    columns: names.map((name, c) => ({
      name,
      numeric: sample.filter((row) => isNumber(row[c]!)).length > sample.length / 2,
    })),
    rows,
  };
}

function uniqueNames(head: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return head.map((cell, i) => {
    const name = cell.trim() || `column ${i + 1}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** The column that is likely to hold the labels: by its name, else the last one. */
export function guessLabel({ columns }: Table): string {
  const usual = /^(label|class|target|y|species|category|kind|outcome|digit)$/i;
  return (columns.find(({ name }) => usual.test(name)) ?? columns.at(-1)!).name;
}

/**
 * A table's rows as examples: the numbers of some columns, and the label of one.
 *
 * @param features all numeric columns but the label's, if left out
 * @throws LecternError `invalid-data`: unknown columns, cells that aren't numbers, missing labels, one class, too few rows
 */
export function tableExamples(
  table: Table,
  { label, features }: { label: string; features?: readonly string[] },
): OwnData {
  const { source, rows } = table;
  const place = (name: string): number => {
    const at = table.columns.findIndex((column) => column.name === name);
    if (at >= 0) return at;
    return refuse(
      `${source} has no column “${name}”: it has ${table.columns.map((column) => column.name).join(", ")}.`,
      "Choose one of these.",
    );
  };
  const labelAt = place(label);
  const chosen =
    features ??
    table.columns.filter(({ name, numeric }) => numeric && name !== label).map(({ name }) => name);
  const columns = chosen.filter((name) => name !== label);
  if (columns.length === 0)
    refuse(
      `No column of ${source} is left to learn from beside the label “${label}”.`,
      "Choose at least one column of numbers.",
    );
  const places = columns.map(place);
  const labels = rows.map((row, i) => {
    const cell = row[labelAt]!.trim();
    if (cell === "" || /^(nan|null|n\/?a)$/i.test(cell))
      refuse(
        `Row ${i + 1} of ${source} has ${cell === "" ? "no label" : `the label “${cell}”`} in the column “${label}”.`,
        "Give it one, or leave the row out.",
      );
    return isNumber(cell) ? String(Number(cell)) : cell;
  });
  const x = new Float32Array(rows.length * places.length);
  for (const [i, row] of rows.entries())
    for (const [c, at] of places.entries()) {
      if (!isNumber(row[at]!))
        refuse(
          `Row ${i + 1} of ${source} has “${row[at]!.slice(0, 40)}” in the column “${columns[c]}”, expected a number.`,
          "Mend the cell, or leave the column out.",
        );
      x[i * places.length + c] = Number(row[at]);
    }
  checkOwnData({ kind: "table", source, labels });
  const classes = distinct(labels).length;
  if (classes > mostClasses || classes > labels.length / 2)
    refuse(
      `The column “${label}” has ${classes} different values in ${labels.length} rows: that is a quantity or a name, not a class.`,
      "Choose another label column.",
    );
  return { kind: "table", source, x, shape: [places.length], labels, columns };
}
