import {
  depthwiseConv2d,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  type backend_util,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { defineRule, type GradientRule } from "./rule.ts";

interface DepthwiseAttrs {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dilations?: [number, number] | number | null;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const forward = (x: Tensor, filter: Tensor, { strides, pad, dimRoundingMode }: DepthwiseAttrs): Tensor =>
  depthwiseConv2d(x as Tensor4D, filter as Tensor4D, strides, pad, "NHWC", 1, dimRoundingMode);

const toInput = (dy: Tensor, filter: Tensor, attrs: DepthwiseAttrs, inputShape: number[]): Tensor =>
  run(DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attrs, inputShape });

const toFilter = (x: Tensor, dy: Tensor, attrs: DepthwiseAttrs, filterShape: number[]): Tensor =>
  run(DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attrs, filterShape });

/** Without dilations: layers give null for them, which the backward kernels can't read. */
const run = (kernelName: string, inputs: Record<string, Tensor>, attrs: object): Tensor =>
  engine().runKernel(kernelName, inputs, { ...attrs, dilations: [1, 1] } as unknown as NamedAttrMap);

/**
 * A depthwise convolution is bilinear in x and filter, and so are its two gradients, which have none in TensorFlow.js:
 * ⟨dy, conv(x, w)⟩ = ⟨x, toInput(dy, w)⟩ = ⟨w, toFilter(x, dy)⟩ gives the gradients of all three.
 */
export const depthwiseRules: readonly GradientRule[] = [
  defineRule<DepthwiseAttrs>({
    kernelName: DepthwiseConv2dNative,
    inputsToSave: ["x", "filter"],
    gradient: (dy, saved, attrs) => {
      const [x, filter] = saved as [Tensor, Tensor];
      if ([attrs.dilations ?? 1].flat().some((rate) => rate !== 1))
        throw new Error("DepthwiseConv2dNative has no gradient where it is dilated.");
      return {
        x: () => toInput(dy, filter, attrs, x.shape),
        filter: () => toFilter(x, dy, attrs, filter.shape),
      };
    },
  }),
  defineRule<DepthwiseAttrs>({
    kernelName: DepthwiseConv2dNativeBackpropInput,
    inputsToSave: ["dy", "filter"],
    gradient: (ddx, saved, attrs) => {
      const [dy, filter] = saved as [Tensor, Tensor];
      return {
        dy: () => forward(ddx, filter, attrs),
        filter: () => toFilter(ddx, dy, attrs, filter.shape),
      };
    },
  }),
  defineRule<DepthwiseAttrs>({
    kernelName: DepthwiseConv2dNativeBackpropFilter,
    inputsToSave: ["x", "dy"],
    gradient: (ddw, saved, attrs) => {
      const [x, dy] = saved as [Tensor, Tensor];
      return {
        x: () => toInput(dy, ddw, attrs, x.shape),
        dy: () => forward(x, ddw, attrs),
      };
    },
  }),
];
