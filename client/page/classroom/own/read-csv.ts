import { LecternError } from "@lectern/shared/errors";
import { openTable, type Table } from "./read-table.ts";

/** Larger files are refused unread. Bytes. */
export const largestTable = 64_000_000;
/** What is read of a file at a time, so that the page can draw in between. Bytes. */
const piece = 1_000_000;

/**
 * Reads a file of comma-, semicolon- or tab-separated values.
 *
 * @throws LecternError `invalid-data`: too large, not text, quotes that never end, not rectangular
 */
export async function readCsv(file: File, onProgress: (share: number) => void): Promise<Table> {
  const { name, size } = file;
  if (size > largestTable)
    throw new LecternError(
      "invalid-data",
      `${name} has ${Math.round(size / 1e6).toLocaleString("en")} MB, expected at most ${largestTable / 1e6}.`,
      "Take a sample of its rows.",
    );
  const start = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  if (start.includes(0))
    throw new LecternError(
      "invalid-data",
      `${name} isn't text in UTF-8.`,
      "Save it as CSV: a spreadsheet's own format can't be read.",
    );
  const { default: Papa } = await import("papaparse");
  const cells: string[][] = [];
  await new Promise<void>((done, fail) => {
    Papa.parse<string[], File>(file, {
      skipEmptyLines: "greedy",
      chunkSize: piece,
      chunk({ data, errors, meta }, parser) {
        const quotes = errors.find(({ type }) => type === "Quotes");
        if (quotes) {
          parser.abort();
          fail(
            new LecternError(
              "invalid-data",
              `${name} has a quote that never ends, or ends amid a cell, near row ${cells.length + (quotes.row ?? 0) + 1}.`,
              "Mend that row.",
            ),
          );
          return;
        }
        for (const row of data) cells.push(row);
        onProgress(Math.min(1, meta.cursor / size));
      },
      complete: () => done(),
      error: (cause: Error) =>
        fail(
          new LecternError("io", `${name} can't be read: ${cause.message}.`, "Choose it again.", { cause }),
        ),
    });
  });
  return openTable(cells, name);
}
