import { join } from "node:path";
import type { ExperimentResult } from "../experiment/index.ts";
import { writeAtomically } from "../storage/index.ts";
import { toExperimentPage } from "./experiment-page.ts";
import { toExperimentMarkdown } from "./experiment-table.ts";

/** Writes `report.json`, `report.md` and `report.html` into an experiment's folder, each whole or not at all. */
export async function writeExperimentReport(folder: string, result: ExperimentResult): Promise<void> {
  await writeAtomically(join(folder, "report.json"), `${JSON.stringify(result, undefined, 1)}\n`);
  await writeAtomically(join(folder, "report.md"), toExperimentMarkdown(result));
  await writeAtomically(join(folder, "report.html"), toExperimentPage(result));
}
