import * as tf from "@tensorflow/tfjs-core";
import { sumOf } from "./arithmetic.ts";
import type { Adjoint, Dual } from "./rule.ts";

export const activationNames = ["linear", "relu", "tanh"] as const;
export type ActivationName = (typeof activationNames)[number];

/** An elementwise function to second order. */
export interface Activation {
  /** @param tangents terms of the input's tangent, at least one */
  forward(u: tf.Tensor, tangents: readonly tf.Tensor[]): Dual;
  backward(y: Dual, dy: Adjoint): Adjoint;
}

const linear: Activation = {
  forward: (u, tangents) => ({ value: u, tangent: sumOf(tangents) }),
  backward: (_, dy) => dy,
};

const relu: Activation = {
  forward(u, tangents) {
    const value = tf.relu(u);
    return { value, tangent: tf.mul(sumOf(tangents), tf.step(value)) };
  },
  backward({ value }, dy) {
    const mask = tf.step(value);
    return { value: tf.mul(dy.value, mask), tangent: tf.mul(dy.tangent, mask) };
  },
};

/** y = tanh u: y′ = 1 − y², and y′'s derivative along the direction is −2y·ẏ. */
const tanh: Activation = {
  forward(u, tangents) {
    const value = tf.tanh(u);
    return { value, tangent: tf.mul(sumOf(tangents), slopeOf(value)) };
  },
  backward({ value: y, tangent }, dy) {
    const slope = slopeOf(y);
    const change = tf.mul(tf.mul(dy.value, -2), tf.mul(y, tangent!));
    return { value: tf.mul(dy.value, slope), tangent: tf.add(tf.mul(dy.tangent, slope), change) };
  },
};

const slopeOf = (y: tf.Tensor): tf.Tensor => tf.sub(1, tf.square(y));

const activations: Readonly<Record<ActivationName, Activation>> = { linear, relu, tanh };

export const activationOf = (name: ActivationName): Activation => activations[name];
