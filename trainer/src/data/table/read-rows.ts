import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import Papa from "papaparse";
import { LecternError } from "@lectern/shared/errors";

/** A line of a table: cells without the blanks around them. `line` counts from 1 within the file. */
export type OnRow = (cells: readonly string[], line: number) => void;

/**
 * Streams a CSV file, `path` or `path.gz`, row by row: of the file, no more than a chunk is in memory. Blank lines are
 * left out; quotes, and line breaks in them, are RFC 4180's; commas, semicolons and tabs are told apart.
 *
 * @throws LecternError `not-found`; `invalid-data` for quotes that don't close, a damaged gzip file, or what `onRow` throws
 */
export async function readRows(path: string, onRow: OnRow): Promise<void> {
  const file = await findFile(path);
  const bytes = createReadStream(file);
  const text = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  // A character may lie on the border of two chunks.
  text.setEncoding("utf8");
  try {
    await new Promise<void>((resolve, reject) => {
      bytes.on("error", reject);
      let line = 0;
      Papa.parse<string[]>(text, {
        skipEmptyLines: "greedy",
        step({ data, errors }, parser) {
          line++;
          const problem = errors.find(({ type }) => type === "Quotes");
          try {
            if (problem) throw damaged(file, `row ${line}: ${problem.message.replace(/\.$/, "")}`);
            onRow(
              data.map((cell) => cell.trim()),
              line,
            );
          } catch (error) {
            // Before the parser is told to stop: it calls that complete.
            reject(error instanceof Error ? error : new Error(String(error)));
            parser.abort();
          }
        },
        complete: () => resolve(),
        error: reject,
      });
    });
  } catch (cause) {
    if (cause instanceof LecternError) throw cause;
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    bytes.destroy();
  }
}

async function findFile(path: string): Promise<string> {
  for (const file of [path, `${path}.gz`]) {
    const there = await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (there) return file;
  }
  throw new LecternError(
    "not-found",
    `${dirname(path)} has no ${basename(path)} (nor ${basename(path)}.gz).`,
    "Put the file there, or name another folder with --data-dir.",
  );
}

const damaged = (file: string, problem: string, cause?: unknown): LecternError =>
  new LecternError("invalid-data", `${file}: ${problem}.`, "Correct the file, or fetch it again.", { cause });

/** A table's files by their folder. */
export const pathsIn = (folder: string, files: readonly string[]): string[] =>
  files.map((file) => join(folder, file));
