import * as tf from "@tensorflow/tfjs-core";
import { plus, tangentOf, termsOf } from "./arithmetic.ts";
import type { LayerRule } from "./rule.ts";

/** u = x·w + b, x [n, in]. */
export const denseRule: LayerRule = ([x], [kernel, bias]) => {
  const [w, v] = [kernel!.variable as tf.Tensor2D, kernel!.direction as tf.Tensor2D];
  const input = x!.value as tf.Tensor2D;
  const inputTangent = tangentOf(x!) as tf.Tensor2D | undefined;
  return {
    output: {
      value: tf.fused.matMul({ a: input, b: w, ...(bias && { bias: bias.variable as tf.Tensor }) }),
      tangents: termsOf(
        tf.fused.matMul({ a: input, b: v, ...(bias && { bias: bias.direction }) }),
        inputTangent && tf.matMul(inputTangent, w),
      ),
    },
    backward(adjoint, [needed]) {
      const d = adjoint as { value: tf.Tensor2D; tangent: tf.Tensor2D };
      return {
        inputs: [
          needed
            ? {
                value: tf.matMul(d.value, w, false, true),
                tangent: tf.add(tf.matMul(d.tangent, w, false, true), tf.matMul(d.value, v, false, true)),
              }
            : undefined,
        ],
        weights: [
          plus(
            tf.matMul(input, d.tangent, true, false),
            inputTangent && tf.matMul(inputTangent, d.value, true, false),
          ),
          ...(bias ? [tf.sum(d.tangent, 0)] : []),
        ],
      };
    },
  };
};
