import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { type ConvolutionAttrs, describeConvolution } from "./convolution.ts";
import { convolve } from "./convolve.ts";
import { fusesHere, type Fused } from "./fused.ts";
import { addressOf, call, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

/** A convolution, y [batch, outHeight, outWidth, outChannels], of x with a filter [height, width, inChannels, outChannels]. */
export function conv2D(
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  attrs: ConvolutionAttrs & { activation?: string },
  backend: WasmBackend,
): TensorInfo {
  const info = describeConvolution("Conv2D", x.shape, filter.shape, attrs);
  const result = backend.makeOutput(info.outShape, "float32");
  convolve(
    {
      x: addressOf(x, backend),
      filter: addressOf(filter, backend),
      y: addressOf(result, backend),
      bias: bias === undefined ? 0 : addressOf(bias, backend),
      relu: attrs.activation === "relu",
    },
    info,
    backend,
  );
  return result;
}

/** The convolution with bias and activation. What isn't fused here is left to the stock kernel. */
export function fusedConv2DWith(
  stock: KernelFunc,
): WasmKernel<Fused & { x: TensorInfo; filter: TensorInfo }, ConvolutionAttrs & { activation: string }> {
  return (inputs, attrs, backend) =>
    fusesHere(inputs, attrs.activation, inputs.filter.shape[3] ?? 0)
      ? conv2D(inputs, attrs, backend)
      : call(stock, inputs as unknown as Record<string, TensorInfo>, attrs, backend);
}
