import { tf } from "@lectern/shared/tensorflow";
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

function pickExamples({ classes, x, y, weights }: Examples, indices: Int32Array): Examples {
  const pick = <T extends tf.Tensor>(t: T): T => tf.tidy(() => tf.gather(t, tf.tensor1d(indices, "int32")));
  const picked = { x: pick(x), y: pick(y), ...(weights && { weights: pick(weights) }) };
  return { ...picked, count: indices.length, classes, dispose: () => tf.dispose(picked) };
}
