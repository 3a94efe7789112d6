import * as tf from "@tensorflow/tfjs-core";
import { plus, tangentOf, termsOf } from "./arithmetic.ts";
import type { LayerRule } from "./rule.ts";

export interface ConvolutionForm {
  readonly strides: [number, number];
  readonly pad: "same" | "valid";
}

/** u = x ∗ w + b, x [n, height, width, channels]. */
export const convolutionRule =
  ({ strides, pad }: ConvolutionForm): LayerRule =>
  ([x], [kernel, bias]) => {
    const w = kernel!.variable as unknown as tf.Tensor4D;
    const v = kernel!.direction as tf.Tensor4D | undefined;
    const input = x!.value as tf.Tensor4D;
    const inputTangent = tangentOf(x!) as tf.Tensor4D | undefined;
    const attrs = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined };
    const convolve = (filter: tf.Tensor4D, bias?: tf.Tensor) =>
      bias
        ? tf.fused.conv2d({ x: input, filter, strides, pad, bias })
        : tf.conv2d(input, filter, strides, pad);
    const toInput = (dy: tf.Tensor, filter: tf.Tensor) =>
      run(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: input.shape });
    const toFilter = (x: tf.Tensor, dy: tf.Tensor) =>
      run(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: w.shape });
    return {
      output: {
        value: convolve(w, bias?.variable as tf.Tensor | undefined),
        tangents: termsOf(
          v && convolve(v, bias?.direction),
          inputTangent && tf.conv2d(inputTangent, w, strides, pad),
        ),
      },
      backward(d, [needed]) {
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
            plus(toFilter(input, d.tangent ?? d.value), inputTangent && toFilter(inputTangent, d.value)),
            ...(bias ? [tf.sum(d.tangent ?? d.value, [0, 1, 2])] : []),
          ],
        };
      },
    };
  };

function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}
