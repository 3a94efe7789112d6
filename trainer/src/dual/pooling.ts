import * as tf from "@tensorflow/tfjs-core";
import { activationOf, type ActivationName } from "./activation.ts";
import { termsOf } from "./arithmetic.ts";
import { hasFusedKernels, runFused, runFusedOne } from "./fused.ts";
import type { LayerRule } from "./rule.ts";

export interface PoolForm {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: "same" | "valid";
}

/** The maxima of a tensor's windows, whose places are held fixed. */
export interface Maxima {
  readonly values: tf.Tensor;
  /** Another tensor's numbers, the sum of one or two terms, at those places. */
  gather(terms: readonly tf.Tensor[]): tf.Tensor;
  /** The gradient's way back: to those places, zero elsewhere. */
  scatter(d: tf.Tensor): tf.Tensor;
}

export function findMaxima(x: tf.Tensor, form: PoolForm): Maxima {
  if (hasFusedKernels()) {
    const [values, places] = runFused("poolMaxima", { x }, form);
    return {
      values: values!,
      gather: ([t, more]) => runFusedOne("gatherPlaces", { places, t, more }),
      scatter: (d) => runFusedOne("scatterPlaces", { places, d }, { shape: x.shape }),
    };
  }
  const { filterSize, strides, pad } = form;
  const { result, indexes } = tf.maxPoolWithArgmax(
    x as tf.Tensor4D,
    filterSize,
    strides,
    pad,
    true,
  ) as unknown as { result: tf.Tensor; indexes: tf.Tensor };
  const pick = (t: tf.Tensor) =>
    tf.reshape(tf.gather(tf.reshape(t, [t.size]), tf.reshape(indexes, [indexes.size])), result.shape);
  return {
    values: result,
    gather: ([t, more]) => (more ? tf.add(pick(t!), pick(more)) : pick(t!)),
    scatter: (dy) =>
      tf
        .engine()
        .runKernel(tf.MaxPoolGrad, { dy, input: x, output: result }, form as unknown as tf.NamedAttrMap),
  };
}

/**
 * The maximum of each window, of a layer that an activation follows or not: the activations rise, so that it is applied to
 * the maxima only, and its derivatives are taken there only.
 */
export const maxPoolRule =
  (form: PoolForm, name: ActivationName = "linear"): LayerRule =>
  (inputs) => {
    const { value, tangents } = inputs[0]!;
    const activation = activationOf(name);
    const maxima = findMaxima(value, form);
    const y = activation.value(maxima.values);
    const tangent = tangents.length > 0 ? activation.tangent(y, [maxima.gather(tangents)]) : undefined;
    return {
      output: { value: y, tangents: termsOf(tangent) },
      backward(dy) {
        const d = activation.backward(y, tangent, dy);
        return {
          inputs: [{ value: maxima.scatter(d.value), tangent: d.tangent && maxima.scatter(d.tangent) }],
          weights: [],
        };
      },
    };
  };
