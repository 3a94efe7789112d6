import * as tf from "@tensorflow/tfjs-core";
import { activationOf, type ActivationName } from "./activation.ts";
import { plus, tangentParts } from "./arithmetic.ts";
import type { LayerRule } from "./rule.ts";

export interface ConvolutionForm {
  readonly strides: [number, number];
  readonly pad: "same" | "valid";
  readonly activation: ActivationName;
}

/** y = a(x ∗ w + b), x [n, height, width, channels]. */
export const convolutionRule =
  ({ strides, pad, activation: name }: ConvolutionForm): LayerRule =>
  ([x], [kernel, bias]) => {
    const [w, v] = [kernel!.variable as unknown as tf.Tensor4D, kernel!.direction as tf.Tensor4D];
    const input = x!.value as tf.Tensor4D;
    const inputTangent = x!.tangent as tf.Tensor4D | undefined;
    const activation = activationOf(name);
    const attrs = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined };
    const convolve = (filter: tf.Tensor4D, bias?: tf.Tensor) =>
      bias
        ? tf.fused.conv2d({ x: input, filter, strides, pad, bias })
        : tf.conv2d(input, filter, strides, pad);
    const toInput = (dy: tf.Tensor, filter: tf.Tensor) =>
      run(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: input.shape });
    const toFilter = (x: tf.Tensor, dy: tf.Tensor) =>
      run(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: w.shape });
    const output = activation.forward(
      convolve(w, bias?.variable as tf.Tensor | undefined),
      tangentParts(convolve(v, bias?.direction), inputTangent && tf.conv2d(inputTangent, w, strides, pad)),
    );
    return {
      output,
      backward(adjoint, [needed]) {
        const d = activation.backward(output, adjoint);
        return {
          inputs: [
            needed
              ? { value: toInput(d.value, w), tangent: tf.add(toInput(d.tangent, w), toInput(d.value, v)) }
              : undefined,
          ],
          weights: [
            plus(toFilter(input, d.tangent), inputTangent && toFilter(inputTangent, d.value)),
            ...(bias ? [tf.sum(d.tangent, [0, 1, 2])] : []),
          ],
        };
      },
    };
  };

function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}
