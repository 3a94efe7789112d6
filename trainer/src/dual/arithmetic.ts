import * as tf from "@tensorflow/tfjs-core";
import type { Dual } from "./rule.ts";

/** A sum whose second term may be absent. */
export const plus = (a: tf.Tensor, b: tf.Tensor | undefined): tf.Tensor => (b ? tf.add(a, b) : a);

/** The terms of a sum that are there. */
export const termsOf = (...terms: readonly (tf.Tensor | undefined)[]): tf.Tensor[] =>
  terms.filter((term) => term !== undefined);

export const sumOf = (terms: readonly tf.Tensor[]): tf.Tensor => terms.reduce((a, b) => tf.add(a, b));

/** The tangent in one piece; undefined where it is zero. */
export const tangentOf = ({ tangents }: Dual): tf.Tensor | undefined =>
  tangents.length > 0 ? sumOf(tangents) : undefined;
