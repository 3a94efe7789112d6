import { tf } from "@lectern/shared/tensorflow";
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

/**
 * The student's loss on a batch in training mode: the one expression that training and meta-training differentiate.
 * The model's own regularizers are added, as model.fit adds them.
 */
export function studentLoss(
  student: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
): tf.Scalar {
  return lossOf(student, guide, phi, batch, student.forward(batch.x, true));
}

export function studentGradients(
  student: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
): Gradients {
  if (student.differentiate) return student.differentiate(guide, phi, batch);
  let logits: tf.Tensor2D | undefined;
  try {
    const { value, grads } = tf.variableGrads(() => {
      logits = tf.keep(student.forward(batch.x, true));
      return lossOf(student, guide, phi, batch, logits);
    }, student.variables as tf.Variable[]);
    // A weight that the loss doesn't reach has no gradient, which is one of zeros.
    return {
      loss: value,
      gradients: student.variables.map((v) => grads[v.name] ?? tf.zerosLike(v)),
      logits: logits!,
    };
  } catch (error) {
    logits?.dispose();
    throw error;
  }
}

function lossOf(
  { model }: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
  logits: tf.Tensor2D,
): tf.Scalar {
  const loss = batchLoss(guide, phi, logits, batch.target, batch.weights);
  return model.calculateLosses().reduce((sum: tf.Scalar, penalty) => tf.add(sum, penalty), loss);
}
