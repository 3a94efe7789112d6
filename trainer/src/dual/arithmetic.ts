import * as tf from "@tensorflow/tfjs-core";

/** A sum whose second term may be absent. */
export const plus = (a: tf.Tensor, b: tf.Tensor | undefined): tf.Tensor => (b ? tf.add(a, b) : a);

/** The terms of a sum that are there. What adds them up may do so in passing. */
export const tangentParts = (...parts: readonly (tf.Tensor | undefined)[]): tf.Tensor[] =>
  parts.filter((part) => part !== undefined);

export const sumOf = (parts: readonly tf.Tensor[]): tf.Tensor => parts.reduce((a, b) => tf.add(a, b));
