import * as tf from "@tensorflow/tfjs-core";
import { tangentOf } from "./arithmetic.ts";
import { asAdjoint } from "./activation.ts";
import { hasFusedKernels, runFused } from "./fused.ts";
import type { LayerRule } from "./rule.ts";
import { activationRule, compose } from "./shape-rules.ts";

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
    const centred = tf.sub(x, meanOf(x));
    const r = tf.rsqrt(tf.add(meanOf(tf.square(centred)), epsilon));
    const normal = tf.mul(centred, r);
    const alignment = tangent && meanOf(tf.mul(normal, tangent));
    const normalTangent =
      tangent && tf.mul(tf.sub(tf.sub(tangent, meanOf(tangent)), tf.mul(normal, alignment!)), r);
    const direct = tf.add(tf.mul(normal, scale!.direction), offset!.direction);
    return {
      output: {
        value: tf.add(tf.mul(normal, gamma), offset!.variable as tf.Tensor),
        tangents: [normalTangent ? tf.add(direct, tf.mul(normalTangent, gamma)) : direct],
      },
      backward(dy, [needed]) {
        const alignedTangent = tf.add(
          meanOf(tf.mul(normal, dy.tangent)),
          normalTangent ? meanOf(tf.mul(normalTangent, dy.value)) : 0,
        );
        const weights = [tf.mul(alignedTangent, count), tf.sum(dy.tangent, axes)];
        if (!needed) return { inputs: [undefined], weights };
        const aligned = meanOf(tf.mul(normal, dy.value));
        const projected = tf.sub(tf.sub(dy.value, meanOf(dy.value)), tf.mul(normal, aligned));
        const gain = tf.mul(gamma, r);
        const gainTangent = tf.sub(
          tf.mul(scale!.direction, r),
          alignment ? tf.mul(gain, tf.mul(r, alignment)) : 0,
        );
        const change = tf.sub(
          tf.sub(dy.tangent, meanOf(dy.tangent)),
          tf.add(tf.mul(normal, alignedTangent), normalTangent ? tf.mul(normalTangent, aligned) : 0),
        );
        return {
          inputs: [
            {
              value: tf.mul(projected, gain),
              tangent: tf.add(tf.mul(projected, gainTangent), tf.mul(change, gain)),
            },
          ],
          weights,
        };
      },
    };
  };

/** The same by the kernels of ours, which take three passes over x each way; a relu behind it costs nothing. */
const fusedBatchNormRule =
  (epsilon: number, relu: boolean): LayerRule =>
  (inputs, [gamma, beta]) => {
    const {
      value: x,
      tangents: [t, more],
    } = inputs[0]!;
    const scale = gamma!.variable as tf.Tensor;
    const offset = beta!.variable as tf.Tensor;
    const scaleTangent = gamma!.direction;
    const [y, mean, r] = runFused("batchNorm", { x, scale, offset }, { epsilon, relu });
    const mask = relu ? y : undefined;
    // `more` is added to t in place: both are new, and this is the only layer that reads them.
    const [tangent, meanT, alignment] = runFused("batchNormTangent", {
      x,
      t,
      more,
      mask,
      mean,
      r,
      scale,
      scaleTangent,
      offsetTangent: beta!.direction,
    });
    return {
      output: { value: y!, tangents: [tangent!] },
      backward(dy) {
        const [dx, dxTangent, scaleProduct, offsetProduct] = runFused("batchNormBackward", {
          x,
          t,
          mask,
          mean,
          r,
          meanT,
          alignment,
          scale,
          scaleTangent,
          g: dy.value,
          h: dy.tangent,
        });
        return { inputs: [asAdjoint([dx!, dxTangent!])], weights: [scaleProduct!, offsetProduct!] };
      },
    };
  };

/** Batch normalisation, with a relu behind it or not. */
export const batchNormRule =
  (epsilon: number, relu: boolean): LayerRule =>
  (inputs, weights) => {
    const { value, tangents } = inputs[0]!;
    const fused = hasFusedKernels() && tangents.length > 0 && value.shape.at(-1)! % 4 === 0;
    const plain = plainBatchNormRule(epsilon);
    const rule = fused
      ? fusedBatchNormRule(epsilon, relu)
      : relu
        ? compose(plain, activationRule("relu"))
        : plain;
    return rule(inputs, weights);
  };
