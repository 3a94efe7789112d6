import * as tf from "@tensorflow/tfjs-core";
import { permutation } from "../lesson/batches.ts";
import type { Examples } from "./examples.ts";

/**
 * Two parts of the examples, drawn without replacement: `count` of them, and the rest. It takes the examples over: they
 * are disposed, the parts are the caller's.
 */
export function splitExamples(
  examples: Examples,
  count: number,
  seed: number,
): { part: Examples; rest: Examples } {
  // Epoch −1: an order that no epoch of the lesson has.
  const order = permutation(examples.count, seed, -1);
  const split = {
    part: pickExamples(examples, order.slice(0, count)),
    rest: pickExamples(examples, order.slice(count)),
  };
  examples.dispose();
  return split;
}

function pickExamples(examples: Examples, indices: Int32Array): Examples {
  const { classes, x, y, weights } = examples;
  const picked = tf.tidy(() => {
    const rows = tf.tensor1d(indices, "int32");
    return [x, y, ...(weights ? [weights] : [])].map((t) => tf.gather(t, rows));
  });
  return {
    count: indices.length,
    classes,
    x: picked[0]!,
    y: picked[1]!,
    ...(picked[2] && { weights: picked[2] }),
    dispose: () => tf.dispose(picked),
  };
}
