import * as tf from "@tensorflow/tfjs-core";
import { plus, tangentOf, termsOf } from "./arithmetic.ts";
import type { LayerRule } from "./rule.ts";

/** u = x·w + b, x [n, in]. */
export const denseRule: LayerRule = ([x], [kernel, bias]) => {
  const [w, v] = [kernel!.variable as tf.Tensor2D, kernel!.direction as tf.Tensor2D | undefined];
  const input = x!.value as tf.Tensor2D;
  const inputTangent = tangentOf(x!) as tf.Tensor2D | undefined;
  return {
    output: {
      value: tf.fused.matMul({ a: input, b: w, ...(bias && { bias: bias.variable as tf.Tensor }) }),
      tangents: termsOf(
        v && tf.fused.matMul({ a: input, b: v, ...(bias && { bias: bias.direction! }) }),
        inputTangent && tf.matMul(inputTangent, w),
      ),
    },
    backward(adjoint, [needed]) {
      const d = adjoint as { value: tf.Tensor2D; tangent: tf.Tensor2D | undefined };
      const toInput = (dy: tf.Tensor2D, weights: tf.Tensor2D) => tf.matMul(dy, weights, false, true);
      const toKernel = (x: tf.Tensor2D, dy: tf.Tensor2D) => tf.matMul(x, dy, true, false);
      return {
        inputs: [
          needed
            ? {
                value: toInput(d.value, w),
                tangent: d.tangent && tf.add(toInput(d.tangent, w), toInput(d.value, v!)),
              }
            : undefined,
        ],
        weights: [
          plus(toKernel(input, d.tangent ?? d.value), inputTangent && toKernel(inputTangent, d.value)),
          ...(bias ? [tf.sum(d.tangent ?? d.value, 0)] : []),
        ],
      };
    },
  };
};
