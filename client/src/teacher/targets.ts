import { tf } from "@lectern/shared/tensorflow";
import { demand } from "@lectern/shared/errors";
import { oneHotRows } from "../student/examples.ts";

/**
 * Targets as a loss of TensorFlow.js gets them, as rows [n, K].
 * @param yTrue of yPred's shape (one-hot or distributions; 0 and 1 for one output), or class numbers of that shape
 *   without its last axis
 * @throws LecternError `invalid-argument` for any other shape
 */
export function targetRows(yTrue: tf.Tensor, yPred: tf.Tensor, classes: number): tf.Tensor2D {
  const outputs = yPred.shape.at(-1)!;
  const rows = yPred.shape.slice(0, -1);
  const shape = yTrue.shape.join();
  if (shape === yPred.shape.join()) {
    if (outputs === classes) return oneHotRows(tf.cast(yTrue, "float32"), classes);
    const positive = tf.reshape(tf.cast(yTrue, "float32"), [-1, 1]);
    return tf.concat([tf.sub(1, positive), positive], 1) as tf.Tensor2D;
  }
  demand(
    shape === rows.join() || shape === [...rows, 1].join(),
    "invalid-argument",
    `The labels have shape [${yTrue.shape.join(", ")}], expected [${yPred.shape.join(", ")}]`,
    `Pass tf.oneHot(labels, ${classes}).`,
  );
  return oneHotRows(tf.cast(yTrue, "int32"), classes);
}
