import * as tf from "@tensorflow/tfjs-core";
import { tangentOf, termsOf } from "./arithmetic.ts";
import { activationOf, asAdjoint } from "./activation.ts";
import { hasFusedKernels, runFused } from "./fused.ts";
import type { Adjoint, LayerRule } from "./rule.ts";
import { activationRule, addReluRule, addRule, compose } from "./shape-rules.ts";

/**
 * Batch normalisation with the batch's statistics, y = γx̂ + β, x̂ = (x − μ)r, r = (σ² + ε)^−½ over all axes but the last
 * (Ioffe and Szegedy 2015). With ⟨·⟩ the mean over a channel and P(t) = t − ⟨t⟩ − x̂⟨x̂t⟩:
 *   x̂˙ = r·P(ẋ),  ṙ = −r²⟨x̂ẋ⟩,  dx = γr·P(dy), and dx's derivative along the direction
 *   (γr)˙·P(dy) + γr·(dẏ − ⟨dẏ⟩ − x̂˙⟨x̂dy⟩ − x̂(⟨x̂dẏ⟩ + ⟨x̂˙dy⟩)).
 */
const plainBatchNormRule =
  (epsilon: number): LayerRule =>
  (inputs, [scale, offset]) => {
    const { value: x } = inputs[0]!;
    const tangent = tangentOf(inputs[0]!);
    const axes = x.shape.map((_, axis) => axis).slice(0, -1);
    const count = x.size / x.shape.at(-1)!;
    const meanOf = (t: tf.Tensor) => tf.mean(t, axes);
    const gamma = scale!.variable as tf.Tensor;
    const mean = meanOf(x);
    const centred = tf.sub(x, mean);
    const variance = meanOf(tf.square(centred));
    const r = tf.rsqrt(tf.add(variance, epsilon));
    const normal = tf.mul(centred, r);
    const alignment = tangent && meanOf(tf.mul(normal, tangent));
    const normalTangent =
      tangent && tf.mul(tf.sub(tf.sub(tangent, meanOf(tangent)), tf.mul(normal, alignment!)), r);
    const { direction } = scale!;
    const direct = direction && tf.add(tf.mul(normal, direction), offset!.direction!);
    return {
      output: {
        value: tf.add(tf.mul(normal, gamma), offset!.variable as tf.Tensor),
        tangents: termsOf(direct, normalTangent && tf.mul(normalTangent, gamma)),
      },
      moments: { mean, variance },
      backward(dy, [needed]) {
        const aligned = meanOf(tf.mul(normal, dy.value));
        const projected = tf.sub(tf.sub(dy.value, meanOf(dy.value)), tf.mul(normal, aligned));
        const gain = tf.mul(gamma, r);
        const value = tf.mul(projected, gain);
        if (!dy.tangent)
          return {
            inputs: [{ value, tangent: undefined }],
            weights: [tf.mul(aligned, count), tf.sum(dy.value, axes)],
          };
        const alignedTangent = tf.add(
          meanOf(tf.mul(normal, dy.tangent)),
          normalTangent ? meanOf(tf.mul(normalTangent, dy.value)) : 0,
        );
        const weights = [tf.mul(alignedTangent, count), tf.sum(dy.tangent, axes)];
        if (!needed) return { inputs: [undefined], weights };
        const gainTangent = tf.sub(tf.mul(direction!, r), alignment ? tf.mul(gain, tf.mul(r, alignment)) : 0);
        const change = tf.sub(
          tf.sub(dy.tangent, meanOf(dy.tangent)),
          tf.add(tf.mul(normal, alignedTangent), normalTangent ? tf.mul(normalTangent, aligned) : 0),
        );
        return {
          inputs: [
            {
              value,
              tangent: tf.add(tf.mul(projected, gainTangent), tf.mul(change, gain)),
            },
          ],
          weights,
        };
      },
    };
  };

/**
 * The same by the kernels of ours, which take two passes over x each way. A relu behind it costs nothing, nor does a sum with
 * a second input, which the relu then follows.
 */
const fusedBatchNormRule =
  (epsilon: number, relu: boolean): LayerRule =>
  ([input, added], [gamma, beta]) => {
    const {
      value: x,
      tangents: [t, more],
    } = input!;
    const weights = { scale: gamma!.variable as tf.Tensor, offset: beta!.variable as tf.Tensor };
    const attrs = { epsilon, relu };
    /** What comes back through the relu to both terms of a sum; without a sum, the kernels mask it themselves. */
    const behindSum = (y: tf.Tensor, dy: Adjoint): Adjoint =>
      relu && added ? activationOf("relu").backward(y, undefined, dy) : dy;
    if (!gamma!.direction) {
      const inputs = { x, ...weights, s: added?.value };
      const [y, mean, r, variance] = runFused("batchNorm", inputs, attrs) as Tensors;
      return {
        output: { value: y, tangents: [] },
        moments: { mean, variance },
        backward(dy) {
          const d = behindSum(y, dy);
          const products = { x, g: d.value, mean, r, ...weights };
          const [dx, dScale, dOffset] = runFused("batchNormGradient", products, { relu: relu && !added });
          return {
            inputs: [{ value: dx!, tangent: undefined }, ...(added ? [d] : [])],
            weights: [dScale!, dOffset!],
          };
        },
      };
    }
    const { direction: scaleTangent } = gamma!;
    // `more` is added to t in place: both are new, and this is the only layer that reads them.
    const terms = { t, more, s: added?.value, u: added && tangentOf(added) };
    const [y, tangent, mean, r, meanT, alignment] = runFused(
      "batchNormAlong",
      { x, ...terms, ...weights, scaleTangent, offsetTangent: beta!.direction },
      attrs,
    ) as Tensors;
    // Its memory, still in the cache, is what the next layer writes to.
    more?.dispose();
    return {
      output: { value: y, tangents: [tangent] },
      backward(dy) {
        const d = behindSum(y, dy);
        const products = {
          ...weights,
          scaleTangent,
          x,
          t,
          mean,
          r,
          meanT,
          alignment,
          g: d.value,
          h: d.tangent,
        };
        const alone = { relu: relu && !added };
        const [dx, dxTangent, dScale, dOffset] = runFused("batchNormBackward", products, alone);
        return {
          inputs: [asAdjoint([dx!, dxTangent!]), ...(added ? [d] : [])],
          weights: [dScale!, dOffset!],
        };
      },
    };
  };

type Tensors = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** Batch normalisation, with a relu behind it or not. With a second input, the sum of both; the relu is behind that. */
export const batchNormRule =
  (epsilon: number, relu: boolean): LayerRule =>
  (inputs, weights) => {
    const [{ value, tangents }, added] = [inputs[0]!, inputs[1]];
    const along = weights[0]!.direction !== undefined;
    const sameOrder = [tangents, ...(added ? [added.tangents] : [])].every(
      (terms) => terms.length > 0 === along,
    );
    if (hasFusedKernels() && sameOrder && value.shape.at(-1)! % 4 === 0)
      return fusedBatchNormRule(epsilon, relu)(inputs, weights);
    const plain = plainBatchNormRule(epsilon);
    if (added) return sumBehind(plain, relu ? addReluRule : addRule)(inputs, weights);
    return (relu ? compose(plain, activationRule("relu")) : plain)(inputs, weights);
  };

/** A rule of the first input, and the sum of what it gives and the second input. */
const sumBehind =
  (first: LayerRule, sum: LayerRule): LayerRule =>
  ([input, added], weights) => {
    const inner = first([input!], weights);
    const outer = sum([inner.output, added!], []);
    return {
      output: outer.output,
      ...(inner.moments && { moments: inner.moments }),
      backward(dy, [needed = false]) {
        const [toInner, toAdded] = outer.backward(dy, [true, true]).inputs;
        const { inputs, weights } = inner.backward(toInner!, [needed]);
        return { inputs: [...inputs, toAdded], weights };
      },
    };
  };
