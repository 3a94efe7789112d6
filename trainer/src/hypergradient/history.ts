import type * as tf from "@tensorflow/tfjs-core";
import type { Emission, UpdateRule } from "@lectern/client/lesson";
import type { UpdateAdjoint } from "./adjoint.ts";
import type { HypergradientProblem } from "./problem.ts";

/** Where a lesson stood before a step. */
export interface Moment {
  readonly weights: tf.Tensor[];
  readonly slots: tf.Tensor[][];
}

/**
 * How a lesson's past is had again: all that reverse-mode estimators differ in. `record` is called before each step of
 * the lesson, `turn` once at its end, then `at` for steps T−1, T−2, … `first`, each once.
 */
export interface History {
  /** How steps are taken; absent: by the recipe's own rule. */
  readonly rule?: UpdateRule;
  /** The transpose of that rule. */
  readonly adjoint: UpdateAdjoint;
  /** The earliest step that `at` can give; 0 but for truncation. */
  readonly first: number;
  /** Before step t's update, with ω_t in the student's variables. */
  record(step: number, slots: readonly (readonly tf.Tensor[])[]): void;
  turn?(emissions: readonly Emission[]): void;
  /** ω_t, and the slots if the adjoint reads gradients. The caller disposes them. May overwrite the student's variables. */
  at(step: number): Moment;
  dispose(): void;
}

export type OpenHistory = (problem: HypergradientProblem) => History;
