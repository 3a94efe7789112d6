import { tf } from "@lectern/shared/tensorflow";
import type { DevStatistics, TrainStatistics } from "@lectern/shared/teacher";
import type { Student } from "../student/student.ts";
import { sliceBatch, type Batch, type Examples } from "../student/examples.ts";

/** Σ over a batch of [weight, right, −log p_y, confidence, confidence²]: five numbers, on the backend until read. */
export function batchSums(logits: tf.Tensor2D, target: tf.Tensor2D, weights?: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    const logP = tf.logSoftmax(logits);
    const right = tf.cast(tf.equal(tf.argMax(logits, 1), tf.argMax(target, 1)), "float32");
    const crossEntropy = tf.neg(tf.sum(tf.mul(logP, target), 1));
    const confidence = tf.exp(tf.max(logP, 1));
    const columns = [tf.onesLike(confidence), right, crossEntropy, confidence, tf.square(confidence)];
    const table = tf.stack(columns, 0);
    return tf.sum(weights ? tf.mul(table, weights) : table, 1) as tf.Tensor1D;
  });
}

/** The means behind {@link batchSums}, over several batches. */
export function trainStatistics(sums: readonly ArrayLike<number>[]): TrainStatistics {
  const total = (k: number): number => sums.reduce((a, s) => a + s[k]!, 0);
  const weight = Math.max(total(0), 1e-30);
  const confidence = total(3) / weight;
  return {
    accuracy: total(1) / weight,
    crossEntropy: total(2) / weight,
    confidence,
    confidenceSpread: Math.sqrt(Math.max(0, total(4) / weight - confidence ** 2)),
  };
}

/** Examples a forward pass looks at when measuring: bounds memory, changes no result. */
const chunk = 1000;

/**
 * Predicted and true classes of the first `count` examples, in inference mode.
 * @returns rows of [predicted, true, weight]
 */
export async function predictions(
  student: Student,
  examples: Examples,
  count = examples.count,
): Promise<Float32Array[]> {
  const parts: tf.Tensor[] = [];
  const end = Math.min(count, examples.count);
  for (let start = 0; start < end; start += chunk)
    parts.push(
      tf.tidy(() => {
        const batch: Batch = sliceBatch(examples, start, Math.min(chunk, end - start));
        const logits = student.forward(batch.x, false);
        const weights = batch.weights ?? tf.ones([logits.shape[0]]);
        // Stacked, so that a measurement is one readback.
        return tf.stack([
          tf.cast(tf.argMax(logits, 1), "float32"),
          tf.cast(tf.argMax(batch.target, 1), "float32"),
          weights,
        ]);
      }),
    );
  const all = tf.concat(parts, 1);
  const values = (await all.data()) as Float32Array;
  const n = all.shape[1]!;
  tf.dispose([...parts, all]);
  return [values.slice(0, n), values.slice(n, 2 * n), values.slice(2 * n)];
}

/** Accuracy, and precision of each class: of its predictions the share that is right, 0 where there are none. */
export async function devStatistics(student: Student, dev: Examples, count: number): Promise<DevStatistics> {
  const [predicted, truth, weights] = (await predictions(student, dev, count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const made = new Float64Array(student.classes);
  const right = new Float64Array(student.classes);
  let weight = 0;
  for (const [i, k] of predicted.entries()) {
    weight += weights[i]!;
    made[k]! += weights[i]!;
    if (truth[i] === k) right[k]! += weights[i]!;
  }
  return {
    // 0 of none is 0.
    accuracy: right.reduce((a, b) => a + b, 0) / (weight || 1),
    precision: Array.from(right, (r, k) => r / (made[k] || 1)),
  };
}

/** Share of examples that the student gets wrong, 0 … 1. */
export async function errorRate(student: Student, examples: Examples): Promise<number> {
  return 1 - (await devStatistics(student, examples, examples.count)).accuracy;
}
