import type { StudentState } from "@lectern/shared/teacher";
import { fingerprint } from "../storage/index.ts";
import type { LossSource } from "./contender.ts";
import type { EvaluationSetting } from "./setting.ts";

/**
 * One training, from its student's initial weights to its error: a pure function of the setting and of this. Plain
 * JSON, so that it travels to workers and hashes to a key.
 */
export interface EvaluationJob {
  readonly source: LossSource;
  readonly learningRate: number;
  /** The fixed loss's own parameter; 0 where it has none. */
  readonly value: number;
  readonly extraData: boolean;
  /** Determines the local data set with its noise, the initial weights and the order of the batches. */
  readonly seed: number;
  /** Where the student's error is measured at the end. Tuning knows `validation` only. */
  readonly split: "validation" | "test";
  /** Whose local data these are, where the split doesn't say it: a device that tunes for itself, on the data that it is tested with. */
  readonly purpose?: "tuning" | "evaluation";
  /** Another student on the same local data: other initial weights, another order of batches. Left out: the first. */
  readonly repeat?: number;
  /**
   * Cross-validation on the student's own examples, with the labels that they have: every `of`-th of them, from `index`
   * on, is left out of training, and the error is measured there.
   */
  readonly fold?: { readonly index: number; readonly of: number };
  /** How many times validation error is measured on the way, and emissions kept; 0: not at all. */
  readonly curvePoints: number;
}

/** What a teacher emitted at a step, and what it had seen. */
export interface RecordedEmission {
  readonly step: number;
  readonly state: StudentState;
  /** Entropy of the attention over keys, in nats; absent for a gate. */
  readonly attentionEntropy?: number;
  readonly phi: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >;
}

export interface EvaluationJobResult {
  readonly status: "completed" | "diverged";
  /** Error on the job's split, 0 … 1; 1 for a diverged student. */
  readonly error: number;
  /** Validation error after so many steps, 0 … 1; empty without curve points. */
  readonly curve: readonly { readonly step: number; readonly error: number }[];
  readonly emissions: readonly RecordedEmission[];
}

/** Equal for equal trainings, and for no others: the recipe's own rate is replaced by the job's. */
export function jobKey(
  { task, student, recipe, backend, measure }: EvaluationSetting,
  job: EvaluationJob,
): string {
  const optimizer = { ...recipe.optimizer, learningRate: job.learningRate };
  return fingerprint({ version: 1, task, student, recipe: { ...recipe, optimizer }, backend, measure, job });
}
