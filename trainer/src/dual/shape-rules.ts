import * as tf from "@tensorflow/tfjs-core";
import { activationOf, type ActivationName } from "./activation.ts";
import { sumOf, termsOf } from "./arithmetic.ts";
import { hasFusedKernels, runFusedOne } from "./fused.ts";
import type { Adjoint, LayerRule } from "./rule.ts";

const both = ({ value, tangent }: Adjoint, map: (t: tf.Tensor) => tf.Tensor): Adjoint => ({
  value: map(value),
  tangent: tangent && map(tangent),
});

/** Flatten and Reshape: the same numbers in another shape. */
export const reshapeRule: (shapeOf: (batch: number) => number[]) => LayerRule = (shapeOf) => (inputs) => {
  const { value, tangents } = inputs[0]!;
  const reshape = (t: tf.Tensor) => tf.reshape(t, shapeOf(t.shape[0]!));
  return {
    output: { value: reshape(value), tangents: tangents.map(reshape) },
    backward: (dy) => ({ inputs: [both(dy, (t) => tf.reshape(t, value.shape))], weights: [] }),
  };
};

/** A sum of inputs of one shape. */
export const addRule: LayerRule = (inputs) => {
  const tangents = inputs.flatMap(({ tangents }) => tangents);
  return {
    output: {
      value: sumOf(inputs.map(({ value }) => value)),
      // In one new piece: batch norm adds a second term to the first in place, which others may read.
      tangents: tangents.length > 1 ? [sumOf(tangents)] : tangents,
    },
    backward: (dy) => ({ inputs: inputs.map(() => dy), weights: [] }),
  };
};

/** A sum of two inputs with a relu behind it, in one pass where the backend can. */
export const addReluRule: LayerRule = (inputs, weights) => {
  const [a, b] = inputs;
  const oneEach = a!.tangents.length === 1 && b?.tangents.length === 1;
  const none = a!.tangents.length === 0 && b?.tangents.length === 0;
  if (!hasFusedKernels() || inputs.length !== 2 || !(oneEach || none))
    return compose(addRule, activationRule("relu"))(inputs, weights);
  const relu = activationOf("relu");
  const y = runFusedOne("addRelu", { a: a!.value, b: b!.value });
  const tangent = oneEach ? relu.tangent(y, [a!.tangents[0]!, b!.tangents[0]!]) : undefined;
  return {
    output: { value: y, tangents: termsOf(tangent) },
    backward(dy) {
      const d = relu.backward(y, tangent, dy);
      return { inputs: [d, d], weights: [] };
    },
  };
};

/** The mean over height and width, [n, height, width, channels] → [n, channels]. */
export const globalAverageRule: LayerRule = (inputs) => {
  const { value, tangents } = inputs[0]!;
  const [n, height, width, channels] = value.shape as [number, number, number, number];
  const spread = (t: tf.Tensor) =>
    hasFusedKernels()
      ? runFusedOne("spreadMean", { t }, { shape: value.shape })
      : tf.tile(tf.reshape(tf.div(t, height * width), [n, 1, 1, channels]), [1, height, width, 1]);
  const mean = (t: tf.Tensor) => tf.mean(t, [1, 2]);
  return {
    output: { value: mean(value), tangents: tangents.map(mean) },
    backward: (dy) => ({ inputs: [both(dy, spread)], weights: [] }),
  };
};

/** An elementwise function. */
export const activationRule =
  (name: ActivationName): LayerRule =>
  (inputs) => {
    const { value, tangents } = inputs[0]!;
    const activation = activationOf(name);
    const y = activation.value(value);
    const tangent = tangents.length > 0 ? activation.tangent(y, tangents) : undefined;
    return {
      output: { value: y, tangents: termsOf(tangent) },
      backward: (dy) => ({
        inputs: [activation.backward(y, tangent ?? (dy.tangent && tf.zerosLike(y)), dy)],
        weights: [],
      }),
    };
  };

/** One rule behind the other; the first one has all the weights. */
export const compose =
  (first: LayerRule, second: LayerRule): LayerRule =>
  (inputs, weights) => {
    const inner = first(inputs, weights);
    const outer = second([inner.output], []);
    return {
      output: outer.output,
      ...(inner.moments && { moments: inner.moments }),
      backward: (dy, needed, before) => inner.backward(outer.backward(dy, [true]).inputs[0]!, needed, before),
    };
  };
