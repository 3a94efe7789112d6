import * as tf from "@tensorflow/tfjs-core";
import { sumOf } from "./arithmetic.ts";
import { hasFusedKernels, runFused, runFusedOne } from "./fused.ts";
import type { Adjoint } from "./rule.ts";

export const activationNames = ["linear", "relu", "tanh"] as const;
export type ActivationName = (typeof activationNames)[number];

/** An elementwise function to second order. */
export interface Activation {
  value(u: tf.Tensor): tf.Tensor;
  /** y's tangent from the terms of u's, at least one. */
  tangent(y: tf.Tensor, terms: readonly tf.Tensor[]): tf.Tensor;
  /** @param t y's tangent, which a gradient alone doesn't need */
  backward(y: tf.Tensor, t: tf.Tensor | undefined, dy: Adjoint): Adjoint;
}

const linear: Activation = {
  value: (u) => u,
  tangent: (_, terms) => sumOf(terms),
  backward: (_, __, dy) => dy,
};

const relu: Activation = {
  value: (u) => tf.relu(u),
  tangent: (y, terms) => tf.mul(sumOf(terms), tf.step(y)),
  backward(y, _, dy) {
    const mask = tf.step(y);
    return { value: tf.mul(dy.value, mask), tangent: dy.tangent && tf.mul(dy.tangent, mask) };
  },
};

/** y = tanh u: y′ = 1 − y², and y′'s derivative along the direction is −2y·ẏ. */
const tanh: Activation = {
  value: (u) => tf.tanh(u),
  tangent: (y, terms) => tf.mul(sumOf(terms), slopeOf(y)),
  backward(y, t, dy) {
    const slope = slopeOf(y);
    const value = tf.mul(dy.value, slope);
    if (!dy.tangent) return { value, tangent: undefined };
    const change = tf.mul(tf.mul(dy.value, -2), tf.mul(y, t!));
    return { value, tangent: tf.add(tf.mul(dy.tangent, slope), change) };
  },
};

const slopeOf = (y: tf.Tensor): tf.Tensor => tf.sub(1, tf.square(y));

const fusedRelu: Activation = {
  value: relu.value,
  tangent: (y, [t, more]) => runFusedOne("reluTangent", { y, t, more }),
  backward: (y, _, dy) =>
    dy.tangent === undefined
      ? { value: runFusedOne("reluTangent", { y, t: dy.value }), tangent: undefined }
      : asAdjoint(runFused("reluBackward", { y, g: dy.value, h: dy.tangent })),
};

const fusedTanh: Activation = {
  value: tanh.value,
  tangent: (y, [t, more]) => runFusedOne("tanhTangent", { y, t, more }),
  backward: (y, t, dy) =>
    dy.tangent === undefined
      ? { value: runFusedOne("tanhTangent", { y, t: dy.value }), tangent: undefined }
      : asAdjoint(runFused("tanhBackward", { y, t, g: dy.value, h: dy.tangent })),
};

export const asAdjoint = ([value, tangent]: readonly tf.Tensor[]): Adjoint => ({
  value: value!,
  tangent: tangent!,
});

/** The function as the current backend does it best; {@link Activation.tangent} takes two terms at most. */
export function activationOf(name: ActivationName): Activation {
  if (name === "linear") return linear;
  if (name === "relu") return hasFusedKernels() ? fusedRelu : relu;
  return hasFusedKernels() ? fusedTanh : tanh;
}
