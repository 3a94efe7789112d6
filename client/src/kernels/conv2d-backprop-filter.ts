import { backend_util, Conv2D, Slice, Transpose, type TensorInfo } from "@tensorflow/tfjs-core";
import { filterGradientOfPatches, hasFewChannels } from "./patches.ts";
import { callKernel, chain, type WasmBackend } from "./wasm-backend.ts";

/** Attributes that the two backward kernels of a convolution share. */
export interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape4 = [number, number, number, number];

/**
 * The gradient of a convolution with respect to its filter, [filterHeight, filterWidth, inChannels, outChannels], from
 * x [batch, height, width, inChannels] and dy [batch, outHeight, outWidth, outChannels].
 *
 * The Wasm backend has no such kernel: https://github.com/tensorflow/tfjs/issues/8474. It is a convolution itself, with the
 * roles swapped: channels are the batch, the batch is what is summed over, dy is the filter, and the stride becomes its
 * dilation. XNNPACK runs that 20 times as fast as a loop.
 */
export function conv2DBackpropFilter(
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  attrs: ConvolutionAttrs & { filterShape: Shape4 },
  backend: WasmBackend,
): TensorInfo {
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4,
    attrs.filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
  if (info.dataFormat !== "channelsLast")
    throw new Error(
      `Conv2DBackpropFilter on the wasm backend needs dataFormat NHWC, but got ${attrs.dataFormat}.`,
    );
  if (hasFewChannels(info)) return filterGradientOfPatches(x, dy, info, backend);
  const { top, left } = info.padInfo;
  // Rows and columns that the last window doesn't reach (floor in the output size) give surplus outputs, cut off below.
  const bottom = Math.max(
    0,
    (info.outHeight - 1) * info.strideHeight + info.filterHeight - info.inHeight - top,
  );
  const right = Math.max(0, (info.outWidth - 1) * info.strideWidth + info.filterWidth - info.inWidth - left);
  return chain(backend, (track) => {
    const image = track(callKernel(Transpose, { x }, { perm: [3, 1, 2, 0] }, backend));
    const filter = track(callKernel(Transpose, { x: dy }, { perm: [1, 2, 0, 3] }, backend));
    const swapped = {
      strides: 1,
      dilations: [info.strideHeight, info.strideWidth],
      pad: [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
      dataFormat: "NHWC",
    };
    let gradient = track(callKernel(Conv2D, { x: image, filter }, swapped, backend));
    const size = [info.inChannels, info.filterHeight, info.filterWidth, info.outChannels];
    if (gradient.shape.some((length, i) => length !== size[i]))
      gradient = track(callKernel(Slice, { x: gradient }, { begin: [0, 0, 0, 0], size }, backend));
    return callKernel(Transpose, { x: gradient }, { perm: [1, 2, 0, 3] }, backend);
  });
}
