import * as tf from "@tensorflow/tfjs-core";
import { sliceBatch, type Examples, type Student } from "@lectern/client/lesson";
import type { Scored } from "./scored.ts";

/** Examples a pass: bounds memory. */
const chunk = 1000;

/** What a student says of examples, as it is used: no dropout, moving statistics. */
export async function scoresOf(student: Student, examples: Examples): Promise<Scored> {
  const { count, classes } = examples;
  const logP = new Float32Array(count * classes);
  const labels = new Int32Array(count);
  for (let start = 0; start < count; start += chunk) {
    const [said, actual] = tf.tidy(() => {
      const { x, target } = sliceBatch(examples, start, Math.min(chunk, count - start));
      return [tf.logSoftmax(student.forward(x, false)), tf.argMax(target, 1)] as const;
    });
    logP.set(await said.data(), start * classes);
    labels.set(await actual.data(), start);
    tf.dispose([said, actual]);
  }
  return { logP, labels, classes };
}
