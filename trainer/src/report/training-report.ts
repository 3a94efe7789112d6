import { join } from "node:path";
import { writeAtomically } from "../storage/index.ts";
import { describeProbe, readMetrics, type MetaStepMetrics, type Probe } from "../train/index.ts";
import { paragraph } from "./data-table.ts";
import { htmlPage } from "./page.ts";
import { stabilitySection } from "./stability-section.ts";
import { element, text } from "./svg/index.ts";

/** A run's metrics as one page: how meta-training went, and how stable it was. */
export function toTrainingReport(title: string, metrics: readonly object[]): string {
  const steps = metrics.filter(isMetaStep);
  const probes = metrics.flatMap((line) => ("probe" in line ? [describeProbe(line.probe as Probe)] : []));
  const last = steps.at(-1);
  const findings = [
    ...probes,
    `${steps.length} meta-steps, ${last?.skipped ?? 0} students skipped; ${steps.filter(({ stepShare }) => stepShare < 1).length} steps were shortened by the trust region.`,
  ];
  return htmlPage(`Lectern training: ${title}`, [
    paragraph("From the run's metrics.jsonl.", "lead"),
    element("ul", { class: "findings" }, ...findings.map((words) => element("li", {}, text(words)))),
    ...(steps.length > 0 ? [stabilitySection(steps)] : []),
  ]);
}

/** Lines of runs before stability was recorded have no cotangents. */
const isMetaStep = (line: object): line is MetaStepMetrics => "students" in line && "cotangents" in line;

/** Writes `training.html` into a run's folder, whole or not at all. */
export async function writeTrainingReport(run: string, title: string): Promise<string> {
  const path = join(run, "training.html");
  await writeAtomically(path, toTrainingReport(title, await readMetrics(run)));
  return path;
}
