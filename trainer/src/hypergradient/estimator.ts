import type { OptimizerSpec } from "@lectern/shared/schema";
import type { HypergradientOptions, HypergradientProblem, HypergradientResult } from "./problem.ts";

/** What an estimator's memory depends on. */
export interface LessonSize {
  /** |ω|: trainable numbers of the student. */
  readonly weights: number;
  /** T */
  readonly steps: number;
  readonly optimizer: OptimizerSpec;
}

/**
 * How dM/dθ is computed: `store` keeps every ω_t, the others stand behind the same call. Problem, estimator and what
 * becomes of a result are separate; one estimator a file.
 */
export interface Estimator {
  /** As `estimatorOf` reads it, parameters included. */
  readonly name: string;
  /** True if it gives dM/dθ itself, to rounding. */
  readonly exact: boolean;
  /** Why it can't differentiate this optimizer, as the end of a sentence, and what to do; undefined if it can. */
  objection(optimizer: OptimizerSpec): { readonly problem: string; readonly remedy: string } | undefined;
  /** Bytes kept over a lesson beside what one step works with. */
  historyBytes(size: LessonSize): number;
  /** Leaves the student with ω_T. Install the overlay first, and check the model with `assertCovered`. */
  estimate(problem: HypergradientProblem, options?: HypergradientOptions): Promise<HypergradientResult>;
}

/** Bytes of a float32. */
export const floatBytes = 4;

/** Slots a weight: what an optimizer remembers. */
const slots: Readonly<Record<OptimizerSpec["kind"], number>> = {
  sgd: 0,
  momentum: 1,
  adam: 2,
  nesterov: 1,
  rmsprop: 2,
  "centered-rmsprop": 3,
  adagrad: 1,
  adadelta: 2,
  adamax: 2,
};

export const slotsOf = ({ kind }: OptimizerSpec): number => slots[kind];
