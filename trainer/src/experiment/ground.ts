import type { EvaluationResult, Journal } from "../evaluate/index.ts";
import type { Declaration } from "./declaration.ts";
import type { Plan } from "./plan.ts";
import type { Tally } from "./progress.ts";
import type { Slots } from "./slots.ts";
import type { TrainRunSetup } from "./train-run.ts";

/** What meta-trainings and cells of one call share. */
export interface ExperimentGround {
  readonly declaration: Declaration;
  readonly plan: Plan;
  /** The experiment's folder. */
  readonly out: string;
  readonly workers: number;
  readonly dataDir?: string | undefined;
  readonly download?: boolean;
  readonly slots: Slots;
  readonly tally: Tally;
  readonly journal: Journal;
  /** A cell's whole result, with what its teachers emitted, and the cell's folder from the experiment's. */
  onEvaluated?(folder: string, evaluation: EvaluationResult): Promise<void> | void;
  /** Of each meta-training. */
  readonly controls: readonly TrainRunSetup["control"][];
}

/** How an experiment's folder is laid out. */
export const layout = {
  journal: "trainings.jsonl",
  lock: "running.pid",
  runs: "runs",
  cells: "cells",
} as const;
