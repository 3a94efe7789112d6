import {
  backend_util,
  Conv2D,
  PadV2,
  Reverse,
  Slice,
  Transpose,
  type KernelFunc,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { ConvolutionAttrs } from "./conv2d-backprop-filter.ts";
import { inputGradientOfPatches, prefersPatches } from "./patches.ts";
import { call, callKernel, chain, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

type Shape4 = [number, number, number, number];

/** dy with stride − 1 rows (columns) of zeros behind each row (column). */
function insertZeros(
  dy: TensorInfo,
  strideHeight: number,
  strideWidth: number,
  backend: WasmBackend,
  track: (info: TensorInfo) => TensorInfo,
): TensorInfo {
  const [batch, height, width, channels] = dy.shape as Shape4;
  const padMiddle = (x: TensorInfo, shape: number[], stride: number): TensorInfo => {
    const paddings = [
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ];
    return track(callKernel(PadV2, { x: { ...x, shape } }, { paddings, constantValue: 0 }, backend));
  };
  let spread = dy;
  if (strideWidth > 1) spread = padMiddle(spread, [batch * height * width, 1, channels], strideWidth);
  const rowSize = width * strideWidth * channels;
  if (strideHeight > 1) spread = padMiddle(spread, [batch * height, 1, rowSize], strideHeight);
  return { ...spread, shape: [batch, height * strideHeight, width * strideWidth, channels] };
}

/**
 * The gradient of a convolution with respect to its input, of shape `inputShape`, from dy and the filter: a full
 * convolution of dy, spread by the stride, with the flipped, transposed filter, or a matrix product, whichever is cheaper.
 * The stock kernel is a scalar loop (137 ms against 40 in a LeNet gradient); it still serves paddings wider than the filter.
 */
export function conv2DBackpropInputWith(
  stock: KernelFunc,
): WasmKernel<{ dy: TensorInfo; filter: TensorInfo }, ConvolutionAttrs & { inputShape: Shape4 }> {
  return ({ dy, filter }, attrs, backend) => {
    const info = backend_util.computeConv2DInfo(
      attrs.inputShape,
      filter.shape as Shape4,
      attrs.strides,
      1,
      attrs.pad,
      attrs.dimRoundingMode,
      false,
      backend_util.convertConv2DDataFormat(attrs.dataFormat),
    );
    const top = info.filterHeight - 1 - info.padInfo.top;
    const left = info.filterWidth - 1 - info.padInfo.left;
    if (info.dataFormat === "channelsLast" && prefersPatches(info))
      return inputGradientOfPatches(dy, filter, info, backend);
    if (info.dataFormat !== "channelsLast" || top < 0 || left < 0)
      return call(stock, { dy, filter }, attrs, backend);
    return chain(backend, (track) => {
      const image = insertZeros(dy, info.strideHeight, info.strideWidth, backend, track);
      const [, height = 0, width = 0] = image.shape;
      const flipped = track(callKernel(Reverse, { x: filter }, { dims: [0, 1] }, backend));
      const mirror = track(callKernel(Transpose, { x: flipped }, { perm: [0, 1, 3, 2] }, backend));
      // Zeros behind the last row may reach further than the input did: those surplus outputs are cut off below.
      const bottom = Math.max(0, info.inHeight + info.filterHeight - 1 - height - top);
      const right = Math.max(0, info.inWidth + info.filterWidth - 1 - width - left);
      const full = {
        strides: 1,
        dilations: 1,
        pad: [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ],
        dataFormat: "NHWC",
      };
      const gradient = callKernel(Conv2D, { x: image, filter: mirror }, full, backend);
      if (gradient.shape.every((length, i) => length === info.inShape[i])) return gradient;
      track(gradient);
      return callKernel(Slice, { x: gradient }, { begin: [0, 0, 0, 0], size: info.inShape }, backend);
    });
  };
}
