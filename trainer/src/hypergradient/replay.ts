import * as tf from "@tensorflow/tfjs-core";
import {
  gatherBatch,
  rateAt,
  studentGradients,
  uploadCoefficients,
  type Batch,
  type Emission,
  type UpdateRule,
} from "@lectern/client/lesson";
import type { HypergradientProblem } from "./problem.ts";

/** Steps of a lesson taken again, by the very operations that `runLesson` ran: the same bits. Its φ were recorded. */
export interface Replay {
  /** ∇_ω L of step t at the student's present weights. The caller disposes it. */
  gradients(step: number): tf.Tensor[];
  /** Step t, in the student's variables; gives the new slots and disposes the old. */
  take(step: number, slots: tf.Tensor[][]): tf.Tensor[][];
  dispose(): void;
}

/** η_t of a lesson. */
export const rateOf = ({ recipe }: HypergradientProblem, step: number): number =>
  rateAt(recipe.optimizer.learningRate, recipe.schedule, step, recipe.steps);

/** The batch of step t: drawn again from its seed, never kept. */
export const batchOf = ({ train, batches }: HypergradientProblem, step: number): Batch =>
  gatherBatch(train, batches.indices(step));

export function createReplay(
  problem: HypergradientProblem,
  emissions: readonly Emission[],
  rule: UpdateRule,
): Replay {
  const { student, guide } = problem;
  let current = -1;
  let phi: Record<string, tf.Tensor> = {};
  const phiAt = (step: number): Record<string, tf.Tensor> => {
    const index = emissions.findLastIndex((emission) => emission.step <= step);
    if (index !== current) {
      tf.dispose(phi);
      [current, phi] = [index, uploadCoefficients(emissions[index]!.phi)];
    }
    return phi;
  };
  const gradients = (step: number): tf.Tensor[] => {
    const batch = batchOf(problem, step);
    const { loss, gradients, logits } = studentGradients(student, guide, phiAt(step), batch);
    tf.dispose([batch, loss, logits]);
    return gradients;
  };
  return {
    gradients,
    take(step, slots) {
      const g = gradients(step);
      const next = tf.tidy(() => {
        const result = rule.update(student.variables, g, slots, rateOf(problem, step), step);
        for (const [i, variable] of student.variables.entries()) variable.assign(result.weights[i]!);
        return result.slots.map((slot) => slot.map((t) => tf.keep(t)));
      });
      tf.dispose([g, slots]);
      return next;
    },
    dispose() {
      tf.dispose(phi);
      [current, phi] = [-1, {}];
    },
  };
}
