import * as tf from "@tensorflow/tfjs-core";
import type { LayerRule } from "./rule.ts";

export interface PoolForm {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: "same" | "valid";
}

/** The maximum of each window, its place held fixed. */
export const maxPoolRule =
  ({ filterSize, strides, pad }: PoolForm): LayerRule =>
  (inputs) => {
    const { value: x, tangent } = inputs[0]!;
    const { result: y, indexes } = tf.maxPoolWithArgmax(
      x as tf.Tensor4D,
      filterSize,
      strides,
      pad,
      true,
    ) as unknown as { result: tf.Tensor; indexes: tf.Tensor };
    const scatter = (dy: tf.Tensor): tf.Tensor =>
      tf.engine().runKernel(tf.MaxPoolGrad, { dy, input: x, output: y }, {
        filterSize,
        strides,
        pad,
      } as unknown as tf.NamedAttrMap);
    const gather = (t: tf.Tensor): tf.Tensor =>
      tf.reshape(tf.gather(tf.reshape(t, [t.size]), tf.reshape(indexes, [indexes.size])), y.shape);
    return {
      output: { value: y, tangent: tangent && gather(tangent) },
      backward: (dy) => ({
        inputs: [{ value: scatter(dy.value), tangent: scatter(dy.tangent) }],
        weights: [],
      }),
    };
  };
