import * as tf from "@tensorflow/tfjs-core";
import { plus, tangentOf, termsOf } from "./arithmetic.ts";
import { asAdjoint } from "./activation.ts";
import { hasFusedKernels, runFused } from "./fused.ts";
import type { LayerRule } from "./rule.ts";

export interface ConvolutionForm {
  readonly strides: [number, number];
  readonly pad: "same" | "valid";
}

const plainConvolutionRule =
  (form: ConvolutionForm): LayerRule =>
  ([x], [kernel, bias]) => {
    const w = kernel!.variable as unknown as tf.Tensor4D;
    const v = kernel!.direction as tf.Tensor4D | undefined;
    const input = x!.value as tf.Tensor4D;
    const inputTangent = tangentOf(x!) as tf.Tensor4D | undefined;
    const attrs = { ...form, dataFormat: "NHWC", dimRoundingMode: undefined };
    const toInput = (dy: tf.Tensor, filter: tf.Tensor) =>
      run(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: input.shape });
    const toFilter = (x: tf.Tensor, dy: tf.Tensor) =>
      run(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: w.shape });
    return {
      output: {
        value: convolve(input, w, form, bias?.variable as tf.Tensor | undefined),
        tangents: termsOf(
          v && convolve(input, v, form, bias?.direction),
          inputTangent && convolve(inputTangent, w, form),
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

/** By the kernels of ours: all products of the layer each way in one call. */
const fusedConvolutionRule =
  (form: ConvolutionForm): LayerRule =>
  ([input], [kernel, offset]) => {
    const filter = kernel!.variable as tf.Tensor;
    const filterTangent = kernel!.direction;
    const bias = offset?.variable as tf.Tensor | undefined;
    const x = input!.value;
    const t = tangentOf(input!);
    const attrs = { ...form, dataFormat: "NHWC", dilations: 1 };
    const sumOfPixels = (d: tf.Tensor) => tf.sum(d, [0, 1, 2]);
    if (!filterTangent)
      return {
        output: {
          value: convolve(x, filter, form, bias),
          tangents: [],
        },
        backward({ value: g }, [needed = false], before) {
          const more = before?.[0]?.value;
          const inputs = { x, filter, g, more: needed ? more : undefined };
          const [dw, dx] = runFused("convolveGradient", inputs, { ...attrs, needed });
          return {
            inputs: [dx && { value: dx, tangent: undefined }],
            weights: [dw!, ...(bias ? [sumOfPixels(g)] : [])],
            includesBefore: true,
          };
        },
      };
    const along = { x, t, filter, filterTangent };
    const biases = { bias, biasTangent: offset?.direction };
    const [value, tangent] = runFused("convolveAlong", { ...along, ...biases }, attrs);
    return {
      output: { value: value!, tangents: [tangent!] },
      backward({ value: g, tangent: h }, [needed = false], before) {
        const { value: more, tangent: moreTangent } = (needed ? before?.[0] : undefined) ?? {};
        const inputs = { ...along, g, h, more, moreTangent };
        const [dw, dx, dxTangent] = runFused("convolveBackward", inputs, { ...attrs, needed });
        return {
          inputs: [dx && asAdjoint([dx, dxTangent!])],
          weights: [dw!, ...(bias ? [sumOfPixels(h!)] : [])],
          includesBefore: true,
        };
      },
    };
  };

/** u = x ∗ w + b, x [n, height, width, channels]. */
export const convolutionRule =
  (form: ConvolutionForm): LayerRule =>
  (inputs, weights) => {
    // Both or none: a layer along a direction has one, and so has its input unless no weight lies before it.
    const along = weights[0]!.direction !== undefined;
    return hasFusedKernels() && (along || inputs[0]!.tangents.length === 0)
      ? fusedConvolutionRule(form)(inputs, weights)
      : plainConvolutionRule(form)(inputs, weights);
  };

const convolve = (
  x: tf.Tensor,
  filter: tf.Tensor,
  { strides, pad }: ConvolutionForm,
  bias?: tf.Tensor,
): tf.Tensor => {
  const inputs = { x: x as tf.Tensor4D, filter: filter as tf.Tensor4D };
  return bias
    ? tf.fused.conv2d({ ...inputs, strides, pad, bias })
    : tf.conv2d(inputs.x, inputs.filter, strides, pad);
};

function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}
