import * as tf from "@tensorflow/tfjs-core";
import { sumOf } from "./arithmetic.ts";
import { activationOf, type ActivationName } from "./activation.ts";
import type { Adjoint, Dual, LayerRule } from "./rule.ts";

const both = <T extends Dual | Adjoint>({ value, tangent }: T, map: (t: tf.Tensor) => tf.Tensor): T =>
  ({ value: map(value), tangent: tangent && map(tangent) }) as T;

/** Flatten and Reshape: the same numbers in another shape. */
export const reshapeRule: (shapeOf: (batch: number) => number[]) => LayerRule = (shapeOf) => (inputs) => {
  const x = inputs[0]!;
  return {
    output: both(x, (t) => tf.reshape(t, shapeOf(t.shape[0]!))),
    backward: (dy) => ({ inputs: [both(dy, (t) => tf.reshape(t, x.value.shape))], weights: [] }),
  };
};

/** A sum of inputs of one shape. */
export const addRule: LayerRule = (inputs) => {
  const tangents = inputs.map(({ tangent }) => tangent).filter((tangent) => tangent !== undefined);
  return {
    output: {
      value: sumOf(inputs.map(({ value }) => value)),
      tangent: tangents.length > 0 ? sumOf(tangents) : undefined,
    },
    backward: (dy) => ({ inputs: inputs.map(() => dy), weights: [] }),
  };
};

/** The mean over height and width, [n, height, width, channels] → [n, channels]. */
export const globalAverageRule: LayerRule = (inputs) => {
  const x = inputs[0]!;
  const [n, height, width, channels] = x.value.shape as [number, number, number, number];
  const spread = (t: tf.Tensor) =>
    tf.tile(tf.reshape(tf.div(t, height * width), [n, 1, 1, channels]), [1, height, width, 1]);
  return {
    output: both(x, (t) => tf.mean(t, [1, 2])),
    backward: (dy) => ({ inputs: [both(dy, spread)], weights: [] }),
  };
};

/** An activation that is a layer of its own. */
export const activationRule =
  (name: ActivationName): LayerRule =>
  (inputs) => {
    const { value, tangent } = inputs[0]!;
    const activation = activationOf(name);
    const output = activation.forward(value, [tangent ?? tf.zerosLike(value)]);
    return { output, backward: (dy) => ({ inputs: [activation.backward(output, dy)], weights: [] }) };
  };
