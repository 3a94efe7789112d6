import { tf } from "@lectern/shared/tensorflow";
import { sliceBatch, type Batch, type Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import { chunk } from "./statistics.ts";

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
