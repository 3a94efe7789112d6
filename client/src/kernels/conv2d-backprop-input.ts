import { type TensorInfo } from "@tensorflow/tfjs-core";
import { type ConvolutionAttrs, describeConvolution, type Shape4 } from "./convolution.ts";
import { convolveBack } from "./convolve-back.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

/**
 * The gradient of a convolution with respect to its input, of shape `inputShape`, from dy and the filter. The stock kernel
 * is a scalar loop.
 */
export function conv2DBackpropInput(
  { dy, filter }: { dy: TensorInfo; filter: TensorInfo },
  attrs: ConvolutionAttrs & { inputShape: Shape4 },
  backend: WasmBackend,
): TensorInfo {
  const info = describeConvolution("Conv2DBackpropInput", attrs.inputShape, filter.shape, attrs);
  const gradient = backend.makeOutput(info.inShape, "float32");
  convolveBack(
    { dy: addressOf(dy, backend), filter: addressOf(filter, backend), dx: addressOf(gradient, backend) },
    info,
    backend,
  );
  return gradient;
}
