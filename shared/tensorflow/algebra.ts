import { tf } from "./core.ts";
import type { Algebra } from "../teacher/algebra.ts";

/**
 * max over the last axis, as a constant: log-softmax doesn't depend on its shift, so no gradient of any order passes.
 * (tf.max's own gradient throws at second order.)
 */
const constantMax = tf.customGrad((x) => {
  const input = x as tf.Tensor;
  return { value: tf.max(input, -1, true), gradFunc: () => tf.zerosLike(input) };
});

/**
 * The algebra on TensorFlow.js: differentiable, on any backend; first order with TensorFlow.js as it is, second order
 * with the trainer's overlay. tf.logSoftmax isn't used: its gradient is a customGrad that no overlay can reach, and
 * it is silently wrong at second order (tfjs #3252).
 */
export const tensorFlowAlgebra: Algebra<tf.Tensor> = {
  tensor: (values, shape) => tf.tensor(Float32Array.from(values), [...shape], "float32"),
  shapeOf: (x) => x.shape,
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  matMul: (a, b) => tf.matMul(a, b),
  exp: tf.exp,
  log: tf.log,
  sigmoid: tf.sigmoid,
  logSoftmax(x) {
    const shifted = tf.sub(x, constantMax(x));
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
  },
  sum: (x, axis) => tf.sum(x, axis),
  slice: (x, start, size) => tf.slice(x, start, size),
  reshape: (x, shape) => tf.reshape(x, [...shape]),
};
