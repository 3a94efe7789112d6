import { join } from "node:path";
import { isLecternError } from "@lectern/shared/errors";
import { readMetrics, type Validated } from "../train/index.ts";
import { summarizeTeachers } from "./comparison.ts";
import type { Declaration } from "./declaration.ts";
import { layout } from "./ground.ts";
import type { Plan, PlannedRun } from "./plan.ts";
import type { CellResult, ExperimentResult, RunResult } from "./result.ts";
import { checkpointOf } from "./train-run.ts";

/** All that is known of an experiment, from its cells and what its meta-trainings left on disk. */
export async function collectResult(
  declaration: Declaration,
  plan: Plan,
  out: string,
  {
    cells,
    trainings,
  }: { readonly cells: readonly CellResult[]; readonly trainings: readonly Promise<void>[] },
): Promise<ExperimentResult> {
  return {
    format: "lectern-experiment-result",
    formatVersion: 1,
    title: declaration.title,
    about: declaration.about ?? null,
    complete: cells.every(({ status }) => status === "done"),
    declaration,
    cells: [...cells],
    runs: await Promise.all(plan.runs.map((run, i) => collectRun(run, out, trainings[i]!))),
    summary: summarizeTeachers(Object.keys(declaration.teachers), cells),
  };
}

async function collectRun(run: PlannedRun, out: string, training: Promise<void>): Promise<RunResult> {
  const { teacher, task, student, seed, config } = run;
  const folder = join(layout.runs, run.folder);
  const path = join(out, folder);
  const checkpoint = await checkpointOf(path);
  const metrics = checkpoint ? await readMetrics(path) : [];
  const best = checkpoint?.best;
  return {
    teacher,
    task,
    student,
    seed,
    folder,
    metaSteps: checkpoint?.metaStep ?? 0,
    of: config.meta.steps,
    skipped: checkpoint?.skipped ?? 0,
    validations: metrics.flatMap((line) => ("candidate" in line ? [line as unknown as Validated] : [])),
    best: best ? { metaStep: best.metaStep, candidate: best.candidate, error: best.error } : null,
    problem: await problemOf(training),
  };
}

/** Of a meta-training that ended by an error; null for one that goes on, is done or was told to stop. */
function problemOf(training: Promise<void>): Promise<string | null> {
  const ended = training.then(
    () => null,
    (error: unknown) => {
      if (isLecternError(error) && error.code === "aborted") return null;
      return error instanceof Error ? error.message : String(error);
    },
  );
  return Promise.race([ended, new Promise<null>((resolve) => setImmediate(() => resolve(null)))]);
}
