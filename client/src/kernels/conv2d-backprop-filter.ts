import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type ConvolutionAttrs, describeConvolution, type Shape4 } from "./convolution.ts";
import { correlate } from "./correlate.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

/**
 * The gradient of a convolution with respect to its filter, [filterHeight, filterWidth, inChannels, outChannels], from
 * x [batch, height, width, inChannels] and dy [batch, outHeight, outWidth, outChannels].
 *
 * The Wasm backend has no such kernel: https://github.com/tensorflow/tfjs/issues/8474.
 */
export function conv2DBackpropFilter(
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  attrs: ConvolutionAttrs & { filterShape: Shape4 },
  backend: WasmBackend,
): TensorInfo {
  const info = describeConvolution("Conv2DBackpropFilter", x.shape, attrs.filterShape, attrs);
  const gradient = backend.makeOutput(info.filterShape, "float32");
  if (util.sizeFromShape(dy.shape) === 0) backend.typedArrayFromHeap(gradient).fill(0);
  else
    correlate(
      { x: addressOf(x, backend), dy: addressOf(dy, backend), dw: addressOf(gradient, backend) },
      info,
      backend,
    );
  return gradient;
}
