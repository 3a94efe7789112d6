import { tf } from "@lectern/shared/tensorflow";
import type { DevStatistics, TrainStatistics } from "@lectern/shared/teacher";
import type { Student } from "../student/student.ts";
import { sliceBatch, type Examples } from "../student/examples.ts";

/** Σ over a batch of [weight, right, −log p_y, confidence, confidence²]: five numbers, on the backend until read. */
export function composedSums(logits: tf.Tensor2D, target: tf.Tensor2D, weights?: tf.Tensor1D): tf.Tensor1D {
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

/** How a batch is summed: another way can take this one's place, where a backend has a faster one. */
export const summing = { batchSums: composedSums };

/** The means behind {@link composedSums}, over several batches. */
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

/** Examples that a forward pass looks at when measuring: bounds memory, changes no result. */
export const chunk = 1000;

/** Accuracy, and precision of each class: of its predictions the share that is right, 0 where there are none. */
export async function devStatistics(student: Student, dev: Examples, count: number): Promise<DevStatistics> {
  const { classes } = student;
  const parts: tf.Tensor[] = [];
  const end = Math.min(count, dev.count);
  for (let start = 0; start < end; start += chunk)
    parts.push(
      tf.tidy(() => {
        const { x, target, weights = 1 } = sliceBatch(dev, start, Math.min(chunk, end - start));
        const predicted = tf.argMax(student.forward(x, false), 1);
        const right = tf.mul(tf.equal(predicted, tf.argMax(target, 1)), weights);
        // By predicted class: the weight of all, and of those that are right.
        return tf.dot(
          tf.stack([tf.mul(tf.onesLike(right), weights), right]),
          tf.cast(tf.oneHot(predicted as tf.Tensor1D, classes), "float32"),
        );
      }),
    );
  const table = tf.addN(parts);
  const sums = Array.from(await table.data());
  tf.dispose([parts, table]);
  const right = sums.splice(classes);
  const total = (values: number[]) => values.reduce((a, b) => a + b, 0);
  // 0 of none is 0.
  return {
    accuracy: total(right) / (total(sums) || 1),
    precision: right.map((r, k) => r / (sums[k] || 1)),
  };
}

/** Share of examples that the student gets wrong, 0 … 1. */
export async function errorRate(student: Student, examples: Examples): Promise<number> {
  return 1 - (await devStatistics(student, examples, examples.count)).accuracy;
}
