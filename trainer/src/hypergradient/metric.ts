import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { fixedLosses } from "@lectern/shared/teacher";
import { predictions, sliceBatch, type Batch, type Examples, type Student } from "@lectern/client/lesson";
import { withoutNoise } from "../overlay/index.ts";
import { activationBytes } from "./memory/activations.ts";
import { softMeasureOf } from "./soft-measures.ts";

/** M: a smooth measure of a student on dev data, to be minimised. A mean over examples. */
export interface Metric {
  readonly name: string;
  /** What M stands for, if that isn't the error: θ is then chosen by it. A name of `../measure`. */
  readonly measure?: string;
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

/**
 * σ(k(max_{j≠y} log p_j − log p_y)): the smoothed error by the margin in nats. Flat predictions cost ½ each, right or wrong,
 * so that they don't game it as they do the soft error, which looks at differences of probabilities: under label noise of
 * several kinds that fell from 0.15 to 0.07 while the error rose from 16 to 25 % (docs/experiments/noise-cells.md).
 */
export function marginError(k = 4): Metric {
  return {
    name: `margin-error:${k}`,
    values(logits, target) {
      const logP = tensorFlowAlgebra.logSoftmax(logits);
      const own = tf.sum(tf.mul(logP, target), 1);
      // No log p comes near −1e4: the label's own is out of the running.
      const other = tf.max(tf.sub(logP, tf.mul(target, 1e4)), 1);
      return tf.sigmoid(tf.mul(tf.sub(other, own), k)) as tf.Tensor1D;
    },
  };
}

/** A metric by name: `dev-cross-entropy`, `soft-error` (k = 50), `soft-error:20`. */
export function metricOf(name: string): Metric {
  if (name === "dev-cross-entropy") return devCrossEntropy;
  const match = /^soft-error(?::(\d+(?:\.\d+)?))?$/.exec(name);
  if (match) return softError(match[1] === undefined ? 50 : Number(match[1]));
  const margin = /^margin-error(?::(\d+(?:\.\d+)?))?$/.exec(name);
  if (margin) return marginError(margin[1] === undefined ? 4 : Number(margin[1]));
  const soft = softMeasureOf(name);
  if (soft) return soft;
  throw new LecternError(
    "invalid-argument",
    `Unknown metric "${name}".`,
    "Choose dev-cross-entropy, soft-error, margin-error, soft-balanced-error, soft-macro-f1, soft-distance-cost, soft-recall-at-precision:P, or one of the soft ones with :K, a sharpness.",
  );
}

/** What an evaluation judges by, where teachers are trained for this metric: nothing to say for the error. */
export function measuredBy(metric: string): { readonly measure?: string } {
  const { measure } = metricOf(metric);
  return measure ? { measure } : {};
}

/** Examples a pass at most. A student with batch norm sees each chunk as one batch, of this size. */
const chunk = 1000;

/** Bytes of activations a pass at most, for students to whom the size of a chunk means nothing. */
const chunkBytes = 2 ** 21;

/** Examples that one pass of the metric takes, and what bounds a lesson's memory beside its batches. */
export function metricChunk({ model, statistics }: Student): number {
  const fitting = Math.max(1, Math.floor(chunkBytes / activationBytes(model)));
  return statistics.length > 0 ? chunk : Math.min(chunk, fitting);
}

/** Stretches [start, size] of the examples that are passed through the student at once: bounds memory. */
function chunksOf({ count }: Examples, student: Student): (readonly [start: number, size: number])[] {
  const size = metricChunk(student);
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [
    i * size,
    Math.min(size, count - i * size),
  ]);
}

export interface MetricGradient {
  readonly value: number;
  readonly error: number;
  /** ∂M/∂ω_T in the order of the student's variables. The caller disposes them. */
  readonly gradients: tf.Tensor[];
}

/**
 * M and ∂M/∂ω_T. The student runs in training mode, so that batch norm uses the batch's own statistics: moving
 * statistics depend on all of ω_0 … ω_T, a path that reverse-mode differentiation of the steps doesn't see. Dropout and
 * other noise are left out.
 */
export async function differentiateMetric(
  metric: Metric,
  student: Student,
  examples: Examples,
): Promise<MetricGradient> {
  let gradients: tf.Tensor[] | undefined;
  let total = 0;
  for (const [start, size] of chunksOf(examples, student)) {
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
  return { value: total, error: await errorOf(student, examples), gradients: gradients! };
}

/** Share of examples that the student gets wrong, by weight. */
async function errorOf(student: Student, examples: Examples): Promise<number> {
  let [wrong, all] = [0, 0];
  for (const [start, size] of chunksOf(examples, student)) {
    const part = partOf(examples, start, size);
    const [predicted, actual, weights] = await predictions(student, part);
    part.dispose();
    for (const [i, weight] of weights!.entries()) {
      all += weight;
      if (predicted![i] !== actual![i]) wrong += weight;
    }
  }
  return all > 0 ? wrong / all : 0;
}

function partOf({ x, y, weights, count, classes }: Examples, start: number, size: number): Examples {
  const cut = (t: tf.Tensor): tf.Tensor => (size === count ? tf.clone(t) : tf.slice(t, start, size));
  const part = { x: cut(x), y: cut(y), ...(weights && { weights: cut(weights) }) };
  return { ...part, count: size, classes, dispose: () => tf.dispose(part) };
}

/** M alone, in training mode as {@link differentiateMetric} has it. */
export async function measureMetric(metric: Metric, student: Student, examples: Examples): Promise<number> {
  let total = 0;
  for (const [start, size] of chunksOf(examples, student)) {
    const value = tf.tidy(() => {
      const batch = sliceBatch(examples, start, size);
      return tf.mean(metric.values(metricLogits(student, batch), batch.target));
    });
    total += ((await value.data())[0]! * size) / examples.count;
    value.dispose();
  }
  return total;
}

/** In training mode for the sake of batch norm, but without dropout and its like: as the student is used. */
function metricLogits(student: Student, { x }: Batch): tf.Tensor2D {
  return withoutNoise(student.model, () => student.forward(x, true));
}

function chunkGradient(metric: Metric, student: Student, batch: Batch, share: number) {
  return tf.variableGrads(() => {
    const values = metric.values(metricLogits(student, batch), batch.target);
    return tf.mul(tf.mean(values), share) as tf.Scalar;
  }, student.variables as tf.Variable[]);
}
