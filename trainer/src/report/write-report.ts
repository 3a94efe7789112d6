import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import type { EvaluationResult } from "../evaluate/index.ts";
import { writeAtomically } from "../storage/index.ts";
import { toHtmlReport } from "./html.ts";
import { toMarkdownTable } from "./table.ts";

/** Where a report's files are. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

/**
 * Writes `evaluation.json`, `evaluation.md` and `evaluation.html`, each whole or not at all.
 * @throws LecternError `io` if the folder can't be written to
 */
export async function writeReport(folder: string, result: EvaluationResult): Promise<ReportFiles> {
  const files = {
    json: join(folder, "evaluation.json"),
    markdown: join(folder, "evaluation.md"),
    html: join(folder, "evaluation.html"),
  };
  const content: [string, string][] = [
    [files.json, `${JSON.stringify(result, undefined, 1)}\n`],
    [files.markdown, toMarkdownTable(result)],
    [files.html, toHtmlReport(result)],
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const [path, words] of content) await writeAtomically(path, words);
  } catch (cause) {
    throw new LecternError(
      "io",
      `The report can't be written to ${folder}.`,
      "Choose a folder that you may write to, with room on its disk.",
      { cause },
    );
  }
  return files;
}
