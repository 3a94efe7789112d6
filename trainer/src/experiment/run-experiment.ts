import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { openJournal, type EvaluationResult } from "../evaluate/index.ts";
import { collectResult } from "./collect.ts";
import { compete, pendingCell } from "./compete.ts";
import type { Declaration } from "./declaration.ts";
import { layout, type ExperimentGround } from "./ground.ts";
import { loadAllData } from "./load-data.ts";
import { lockFolder } from "./lock.ts";
import { metaTrain } from "./meta-train.ts";
import type { TaskData } from "../task/index.ts";
import type { Plan } from "./plan.ts";
import { createTally, type ExperimentProgress } from "./progress.ts";
import type { CellResult, ExperimentResult } from "./result.ts";
import { createSlots } from "./slots.ts";
import { createControl } from "./train-run.ts";

export interface ExperimentOptions {
  /** Where everything goes: it is what a later call goes on from. */
  readonly out: string;
  readonly workers: number;
  readonly dataDir?: string | undefined;
  readonly download?: boolean;
  /** Stops the experiment in order: trainings that run are ended, meta-trainings after their meta-step. */
  readonly signal?: AbortSignal;
  readonly budgetMinutes?: number | undefined;
  onProgress?(progress: ExperimentProgress): void;
  /** A cell's whole result, with what its teachers emitted, and the cell's folder from `out`. */
  onEvaluated?(folder: string, evaluation: EvaluationResult): Promise<void> | void;
  /** Once a cell is done or has failed: what is known so far. */
  onCell?(soFar: ExperimentResult, cell: CellResult): Promise<void> | void;
}

const progressEveryMs = 500;

/**
 * Runs what is left of an experiment: meta-trainings and cells in the file's order, on all cores, by the protocol of
 * `docs/evaluation.md`. Every finished training and meta-step is on disk; a cell that fails leaves the others alone.
 *
 * @returns what is known at the end: `complete` unless the budget was spent, it was interrupted, or a cell failed
 * @throws LecternError for data that can't be had, or a folder in use
 */
export async function runExperiment(
  declaration: Declaration,
  plan: Plan,
  options: ExperimentOptions,
): Promise<ExperimentResult> {
  const { out, signal, budgetMinutes, onProgress } = options;
  await prepareFolder(out);
  const unlock = lockFolder(join(out, layout.lock));
  const journal = openJournal(join(out, layout.journal));
  const tally = createTally(declaration, plan);
  const ground: ExperimentGround = {
    ...options,
    declaration,
    plan,
    tally,
    journal,
    slots: createSlots(options.workers),
    controls: plan.runs.map(createControl),
  };
  const stop = (problem: string): void => {
    ground.slots.stop(new LecternError("aborted", problem, "The same command goes on from here."));
    for (const control of ground.controls) Atomics.store(control, 0, 1);
  };
  const onAbort = (): void => stop("The experiment was interrupted.");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const budget =
    budgetMinutes === undefined
      ? undefined
      : setTimeout(() => stop("The budget is spent."), budgetMinutes * 60_000);
  const watch = setInterval(() => {
    for (const [i, control] of ground.controls.entries()) {
      const metaSteps = Atomics.load(control, 1);
      if (metaSteps > 0) tally.runAt(i, metaSteps);
    }
    onProgress?.(tally.read());
  }, progressEveryMs);
  const trainings: Promise<void>[] = [];
  try {
    const data = await loadAllData(plan, options);
    trainings.push(...plan.runs.map((_, i) => metaTrain(ground, i)));
    // Their failures are looked at cell by cell.
    for (const training of trainings) training.catch(() => undefined);
    return await runCells(ground, data, trainings, options);
  } catch (error) {
    stop("The experiment failed.");
    throw error;
  } finally {
    await Promise.allSettled(trainings);
    clearTimeout(budget);
    clearInterval(watch);
    onProgress?.(tally.read());
    signal?.removeEventListener("abort", onAbort);
    journal.close();
    unlock();
  }
}

async function runCells(
  ground: ExperimentGround,
  data: readonly TaskData[],
  trainings: readonly Promise<void>[],
  { onCell }: ExperimentOptions,
): Promise<ExperimentResult> {
  const { declaration, plan, out } = ground;
  const cells = plan.cells.map(pendingCell);
  const collect = () => collectResult(declaration, plan, out, { cells, trainings });
  for (const [i, { teachers }] of plan.cells.entries()) {
    const needed = teachers.flatMap(({ from }) => (typeof from === "string" ? [] : from));
    const cell = await compete(ground, i, data[i]!, Promise.all(needed.map((at) => trainings[at]!)));
    cells[i] = cell;
    if (cell.status !== "pending") await onCell?.(await collect(), cell);
  }
  await Promise.allSettled(trainings);
  return collect();
}

async function prepareFolder(out: string): Promise<void> {
  try {
    await mkdir(join(out, layout.cells), { recursive: true });
    await mkdir(join(out, layout.runs), { recursive: true });
  } catch (cause) {
    throw new LecternError(
      "io",
      `The folder ${out} can't be written to (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      "Choose another with --out.",
      { cause },
    );
  }
}
