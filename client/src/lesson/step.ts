import * as tf from "@tensorflow/tfjs-core";
import type { Coefficients } from "@lectern/shared/teacher";
import type { Batch } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import { batchLoss, type Guide } from "./guide.ts";

/** ∇_ω L_φ of a batch, with what else the forward pass gave. The caller disposes all three. */
export interface Gradients {
  readonly loss: tf.Scalar;
  /** In the order of `student.variables`. */
  readonly gradients: tf.Tensor[];
  /** [n, K], as the loss saw them (training mode). */
  readonly logits: tf.Tensor2D;
}

/** The student's loss on a batch in training mode: the one expression that training and meta-training differentiate. */
export function studentLoss(
  student: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
): tf.Scalar {
  return batchLoss(guide, phi, student.forward(batch.x, true), batch.target, batch.weights);
}

export function studentGradients(
  student: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
): Gradients {
  let logits: tf.Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    logits = tf.keep(student.forward(batch.x, true));
    return batchLoss(guide, phi, logits, batch.target, batch.weights);
  }, student.variables as tf.Variable[]);
  return { loss: value, gradients: student.variables.map(({ name }) => grads[name]!), logits: logits! };
}
