import * as tf from "@tensorflow/tfjs-core";
import type { Examples } from "./lesson-data.ts";

/** Examples as a lesson takes them, on the backend in use: x [count, …shape], y class numbers [count]. Dispose both. */
export const tensorsOf = ({ x, labels, shape }: Examples): { x: tf.Tensor; y: tf.Tensor1D } => ({
  x: tf.tensor(x, [labels.length, ...shape]),
  y: tf.tensor1d(labels, "int32"),
});
