import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";

export type Shape4 = [number, number, number, number];

/** Attributes that the kernels of a convolution share. */
export interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * What a convolution's kernels need to know of it.
 *
 * @throws Error for images that aren't laid out [batch, height, width, channels]
 */
export function describeConvolution(
  kernelName: string,
  inShape: number[],
  filterShape: number[],
  attrs: ConvolutionAttrs,
): backend_util.Conv2DInfo {
  if (attrs.dataFormat === "NCHW")
    throw new Error(`${kernelName} on the wasm backend needs dataFormat NHWC, but got ${attrs.dataFormat}.`);
  return backend_util.computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
}

/** Whether it is a product of matrices: each output is made of one pixel, and all pixels are used. */
export function isPointwise(info: backend_util.Conv2DInfo): boolean {
  const { top, left } = info.padInfo;
  return (
    info.filterHeight === 1 &&
    info.filterWidth === 1 &&
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    top === 0 &&
    left === 0 &&
    info.outHeight === info.inHeight &&
    info.outWidth === info.inWidth
  );
}

/** Whether all tensors are of the type that our kernels compute with. */
export const areFloats = (...tensors: TensorInfo[]): boolean =>
  tensors.every(({ dtype }) => dtype === "float32");
