import type { EvaluationResult } from "../evaluate/index.ts";
import type { Validated } from "../train/index.ts";
import type { Comparison, TeacherSummary } from "./comparison.ts";
import type { Declaration } from "./declaration.ts";

/** How a meta-training stands. */
export interface RunResult {
  readonly teacher: string;
  readonly task: string;
  readonly student: string;
  readonly seed: number;
  /** From the experiment's folder. */
  readonly folder: string;
  readonly metaSteps: number;
  readonly of: number;
  readonly skipped: number;
  /** Every candidate's mean validation error, 0 … 1, in order. */
  readonly validations: readonly Validated[];
  /** The released θ's; null before the first validation. */
  readonly best: Validated | null;
  /** Why it ended early, if it failed. */
  readonly problem: string | null;
}

export interface CellResult {
  readonly task: string;
  readonly student: string;
  readonly status: "done" | "pending" | "failed";
  readonly problem: string | null;
  /** From the experiment's folder: the cell's own report. */
  readonly folder: string;
  /** Of each teacher, the meta-training that it came from, by index into `runs`; null for a run of its own. */
  readonly chosen: readonly { readonly teacher: string; readonly run: number | null }[];
  /** Without what the teachers emitted, which is in the cell's own files; null unless done. */
  readonly evaluation: EvaluationResult | null;
  readonly comparisons: readonly Comparison[];
  readonly bestFixed: string | null;
}

/** What `lectern experiment` found so far; the same bytes however often it was interrupted. */
export interface ExperimentResult {
  readonly format: "lectern-experiment-result";
  readonly formatVersion: 1;
  readonly title: string;
  readonly about: string | null;
  /** Whether every cell is done. */
  readonly complete: boolean;
  readonly declaration: Declaration;
  readonly cells: readonly CellResult[];
  readonly runs: readonly RunResult[];
  readonly summary: readonly TeacherSummary[];
}
