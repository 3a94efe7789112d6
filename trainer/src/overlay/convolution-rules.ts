import {
  conv2d,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  type backend_util,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { defineRule, type GradientRule } from "./rule.ts";

interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * Conv2DBackpropFilter(x, dy) has no gradient in TensorFlow.js. It is bilinear, and the trilinear form
 * ⟨ddw, filterGradient(x, dy)⟩ = ⟨dy, conv(x, ddw)⟩ = ⟨x, inputGradient(dy, ddw)⟩ gives both of its gradients.
 */
export const convolutionRules: readonly GradientRule[] = [
  defineRule<ConvolutionAttrs>({
    kernelName: Conv2DBackpropFilter,
    inputsToSave: ["x", "dy"],
    gradient: (ddw, saved, { strides, pad, dataFormat, dimRoundingMode }) => {
      const [x, dy] = saved as [Tensor4D, Tensor4D];
      return {
        x: (): Tensor =>
          engine().runKernel(Conv2DBackpropInput, { dy, filter: ddw }, {
            strides,
            pad,
            dataFormat,
            dimRoundingMode,
            inputShape: x.shape,
          } as unknown as NamedAttrMap),
        dy: () => conv2d(x, ddw as Tensor4D, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  }),
];
