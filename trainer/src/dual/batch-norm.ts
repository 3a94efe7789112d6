import * as tf from "@tensorflow/tfjs-core";
import type { LayerRule } from "./rule.ts";

/**
 * Batch normalisation with the batch's statistics, y = γx̂ + β, x̂ = (x − μ)r, r = (σ² + ε)^−½ over all axes but the last
 * (Ioffe and Szegedy 2015). With ⟨·⟩ the mean over a channel and P(t) = t − ⟨t⟩ − x̂⟨x̂t⟩:
 *   x̂˙ = r·P(ẋ),  ṙ = −r²⟨x̂ẋ⟩,  dx = γr·P(dy), and dx's derivative along the direction
 *   (γr)˙·P(dy) + γr·(dẏ − ⟨dẏ⟩ − x̂˙⟨x̂dy⟩ − x̂(⟨x̂dẏ⟩ + ⟨x̂˙dy⟩)).
 */
export const batchNormRule =
  (epsilon: number): LayerRule =>
  (inputs, [scale, offset]) => {
    const { value: x, tangent } = inputs[0]!;
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
        tangent: normalTangent ? tf.add(direct, tf.mul(normalTangent, gamma)) : direct,
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
