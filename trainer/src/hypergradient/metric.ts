import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { fixedLosses } from "@lectern/shared/teacher";
import { errorRate, sliceBatch, type Batch, type Examples, type Student } from "@lectern/client/lesson";

/** M: a smooth measure of a student on dev data, to be minimised. A mean over examples. */
export interface Metric {
  readonly name: string;
  /** Per example [n], differentiable to first order. */
  values(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D;
}

export const devCrossEntropy: Metric = {
  name: "dev-cross-entropy",
  values: (logits, target) =>
    fixedLosses["cross-entropy"].losses(tensorFlowAlgebra, logits, target, 0) as tf.Tensor1D,
};

/**
 * The demo's smoothed error: 2σ(k(max_j p_j − p_y)) − 1. 0 where the student is right, near 1 where it is wrong by
 * more than 1/k. A small k is gamed by flat predictions; 50 isn't (method.md).
 */
export function softError(k = 50): Metric {
  return {
    name: `soft-error:${k}`,
    values(logits, target) {
      const p = tf.exp(tensorFlowAlgebra.logSoftmax(logits));
      const gap = tf.sub(tf.max(p, 1), tf.sum(tf.mul(p, target), 1));
      return tf.sub(tf.mul(2, tf.sigmoid(tf.mul(gap, k))), 1) as tf.Tensor1D;
    },
  };
}

/** A metric by name: `dev-cross-entropy`, `soft-error` (k = 50), `soft-error:20`. */
export function metricOf(name: string): Metric {
  if (name === "dev-cross-entropy") return devCrossEntropy;
  const match = /^soft-error(?::(\d+(?:\.\d+)?))?$/.exec(name);
  if (match) return softError(match[1] === undefined ? 50 : Number(match[1]));
  throw new LecternError(
    "invalid-argument",
    `Unknown metric "${name}".`,
    "Choose dev-cross-entropy, soft-error, or soft-error:K with a sharpness K.",
  );
}

/** Examples a pass: bounds memory. A student with batch norm sees each chunk as one batch. */
const chunk = 1000;

export interface MetricGradient {
  readonly value: number;
  readonly error: number;
  /** ∂M/∂ω_T in the order of the student's variables. The caller disposes them. */
  readonly gradients: tf.Tensor[];
}

/**
 * M and ∂M/∂ω_T. The student runs in training mode, so that batch norm uses the batch's own statistics: moving
 * statistics depend on all of ω_0 … ω_T, a path that reverse-mode differentiation of the steps doesn't see.
 */
export async function differentiateMetric(
  metric: Metric,
  student: Student,
  examples: Examples,
): Promise<MetricGradient> {
  let gradients: tf.Tensor[] | undefined;
  let total = 0;
  for (let start = 0; start < examples.count; start += chunk) {
    const size = Math.min(chunk, examples.count - start);
    const batch = sliceBatch(examples, start, size);
    const { value, grads } = chunkGradient(metric, student, batch, size / examples.count);
    total += (await value.data())[0]!;
    const parts = student.variables.map(({ name }) => grads[name]!);
    if (gradients) {
      const sums = tf.tidy(() => gradients!.map((g, i) => tf.add(g, parts[i]!)));
      tf.dispose([gradients, parts]);
      gradients = sums;
    } else gradients = parts;
    tf.dispose([batch.x, batch.target, batch.weights ?? [], value]);
  }
  return { value: total, error: await errorRate(student, examples), gradients: gradients! };
}

function chunkGradient(metric: Metric, student: Student, batch: Batch, share: number) {
  return tf.variableGrads(() => {
    const values = metric.values(student.forward(batch.x, true), batch.target);
    return tf.mul(tf.mean(values), share) as tf.Scalar;
  }, student.variables as tf.Variable[]);
}
