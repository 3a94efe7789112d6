import { LecternError } from "@lectern/shared/errors";
import { featureCount, sharedLabels, type Dataset } from "../dataset.ts";
import { collectClasses, type TableClasses } from "./classes.ts";
import { divideBy, summarizeColumn, type ColumnEncoder } from "./columns.ts";
import { pathsIn, readRows } from "./read-rows.ts";
import { openRowStore } from "./row-store.ts";
import type { TableSource } from "./table-source.ts";

export interface TableOptions {
  /** Bytes of inputs from which on they lie in a file that rows are read from; a quarter of what is free by default. */
  readonly memoryLimit?: number;
}

export interface TablePair {
  readonly train: Dataset;
  readonly test: Dataset | null;
}

/**
 * A table as inputs of a student: numbers are standardised by the training files' mean and deviation (a missing one is
 * the mean, and a further input says so), words become one input a category. Two passes over the files, which are
 * streamed: what is kept is inputs and labels, and inputs that don't fit into memory lie in a file.
 *
 * @param folder that the source's files are named from
 * @throws LecternError `not-found`, `invalid-data` naming file and row: a row of another length, a label that training
 *   doesn't have, a column of too many words
 * @example
 * ```ts
 * const { train } = await readTable("data/tabular", knownTables.iris); // 150 rows of 4 numbers
 * ```
 */
export async function readTable(
  folder: string,
  source: TableSource,
  { memoryLimit = process.availableMemory() / 4 }: TableOptions = {},
): Promise<TablePair> {
  const files = { train: pathsIn(folder, source.train), test: pathsIn(folder, source.test ?? []) };
  const missing = new Set([...source.missing, ""]);
  const isMissing = (cell: string): boolean => missing.has(cell);
  const form = await learnForm(files.train, source, isMissing);
  const width = form.columns.reduce((sum, { encoder }) => sum + encoder.width, 0);
  const shape = source.image?.shape ?? [width];
  if (featureCount(shape) !== width)
    throw new LecternError(
      "invalid-data",
      `${files.train[0]}: an image of shape [${shape.join(", ")}] has ${featureCount(shape)} numbers, and a row has ${width}.`,
      "Correct image.shape.",
    );
  const encode = (paths: readonly string[], count: number) =>
    encodeRows(paths, count, { form, source, shape, memoryLimit });
  return {
    train: await encode(files.train, form.rows),
    test: files.test.length === 0 ? null : await encode(files.test, await countRows(files.test, source)),
  };
}

interface TableForm {
  readonly rows: number;
  /** Cells of a row, the label's among them. */
  readonly cells: number;
  readonly label: number;
  readonly columns: readonly { readonly at: number; readonly encoder: ColumnEncoder }[];
  readonly classes: TableClasses;
}

/** The first pass: how many rows, what each column holds, which classes there are. */
async function learnForm(
  paths: readonly string[],
  source: TableSource,
  isMissing: (cell: string) => boolean,
): Promise<TableForm> {
  const classes = collectClasses(source, isMissing);
  let header: readonly string[] | undefined;
  let first: readonly string[] | undefined;
  let label = -1;
  let columns: { at: number; name: string; summary: ReturnType<typeof summarizeColumn> }[] = [];
  let rows = 0;
  const begin = (cells: readonly string[]): void => {
    first = cells;
    label = labelOf(source, header, cells.length, paths[0]!);
    const dropped = new Set(source.drop.map((column) => placeOf(column, header, cells.length, paths[0]!)));
    columns = cells.flatMap((_, at) => {
      if (at === label || dropped.has(at)) return [];
      const name = header?.[at] ?? String(at);
      return [{ at, name, summary: summarizeColumn(name, isMissing) }];
    });
  };
  await forEachRow(paths, source, (cells, where, isHeader) => {
    if (isHeader) {
      header ??= cells;
      return;
    }
    if (!first) begin(cells);
    expectLength(cells, first!.length, where);
    rows++;
    classes.add(cells[label]!);
    for (const { at, summary } of columns) summary.add(cells[at]!, where);
  });
  if (rows === 0) throw new LecternError("invalid-data", `${paths[0]} has no rows.`, "Give it some.");
  const { image } = source;
  return {
    rows,
    cells: first!.length,
    label,
    columns: columns.map(({ at, name, summary }) => ({
      at,
      encoder: image ? divideBy(name, image.divisor) : summary.encoder(),
    })),
    classes,
  };
}

/** The second pass: inputs and labels. */
async function encodeRows(
  paths: readonly string[],
  count: number,
  {
    form,
    source,
    shape,
    memoryLimit,
  }: {
    readonly form: TableForm;
    readonly source: TableSource;
    readonly shape: readonly number[];
    readonly memoryLimit: number;
  },
): Promise<Dataset> {
  const width = featureCount(shape);
  const labels = sharedLabels(count);
  const store = openRowStore(count, width, memoryLimit);
  const row = new Float32Array(width);
  let at = 0;
  try {
    await forEachRow(paths, source, (cells, where, isHeader) => {
      if (isHeader) return;
      expectLength(cells, form.cells, where);
      labels[at++] = form.classes.numberOf(cells[form.label]!, where);
      row.fill(0);
      let to = 0;
      for (const { at: column, encoder } of form.columns) {
        encoder.write(cells[column]!, row, to);
        to += encoder.width;
      }
      store.add(row);
    });
  } catch (error) {
    store.discard();
    throw error;
  }
  return { ...store.finish(), divisor: 1, labels, shape, classNames: form.classes.names(), count };
}

async function countRows(paths: readonly string[], source: TableSource): Promise<number> {
  let rows = 0;
  await forEachRow(paths, source, (_, __, isHeader) => void (rows += isHeader ? 0 : 1));
  return rows;
}

/** Every row of all files; each file's first one is its header, or not, alike. */
async function forEachRow(
  paths: readonly string[],
  { header }: TableSource,
  onRow: (cells: readonly string[], where: string, isHeader: boolean) => void,
): Promise<void> {
  for (const path of paths) {
    let held: readonly string[] | undefined;
    await readRows(path, (cells, line) => {
      const where = `${path}, row ${line}`;
      if (line === 1 && header === undefined) held = cells;
      else if (line === 1) onRow(cells, where, header!);
      else {
        // Only the second row tells whether the first one was a header.
        if (held) onRow(held, `${path}, row 1`, !hasNumber(held) && hasNumber(cells));
        held = undefined;
        onRow(cells, where, false);
      }
    });
    if (held) onRow(held, `${path}, row 1`, false);
  }
}

const hasNumber = (cells: readonly string[]): boolean =>
  cells.some((cell) => cell !== "" && Number.isFinite(Number(cell)));

const labelNames = new Set(["class", "label", "target", "y"]);

function labelOf(
  { label }: TableSource,
  header: readonly string[] | undefined,
  cells: number,
  path: string,
): number {
  if (label !== undefined) return placeOf(label, header, cells, path);
  const named = header?.findIndex((name) => labelNames.has(name.toLowerCase())) ?? -1;
  return named < 0 ? cells - 1 : named;
}

function placeOf(
  column: string | number,
  header: readonly string[] | undefined,
  cells: number,
  path: string,
): number {
  const at = typeof column === "number" ? column : (header?.indexOf(column) ?? -1);
  if (at >= 0 && at < cells) return at;
  throw new LecternError(
    "invalid-data",
    `${path} has no column ${JSON.stringify(column)}, expected ${header ? `one of ${header.slice(0, 20).join(", ")}` : `0 to ${cells - 1}`}.`,
    "Correct label or drop.",
  );
}

function expectLength(cells: readonly string[], expected: number, where: string): void {
  if (cells.length !== expected)
    throw new LecternError(
      "invalid-data",
      `${where} has ${cells.length} cells, expected ${expected}.`,
      "Correct the row; cells with commas in them need quotes.",
    );
}
