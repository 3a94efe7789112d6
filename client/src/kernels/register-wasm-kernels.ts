import {
  _FusedMatMul,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  FusedConv2D,
  GatherV2,
  getKernel,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  registerKernel,
  unregisterKernel,
  UnsortedSegmentSum,
  type KernelConfig,
} from "@tensorflow/tfjs-core";
import { batchMatMulWith, fusedMatMulWith } from "./batch-mat-mul.ts";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.ts";
import { conv2DBackpropInput } from "./conv2d-backprop-input.ts";
import { conv2D, fusedConv2DWith } from "./conv2d.ts";
import { depthwiseBackpropFilter, depthwiseBackpropInput, depthwiseConv2D } from "./depthwise.ts";
import { gather } from "./gather.ts";
import { maxPoolGrad, maxPoolWithArgmax } from "./max-pool-grad.ts";
import { registerFusedKernels } from "./register-fused-kernels.ts";
import { loadCompanion } from "./companion/load.ts";
import { unsortedSegmentSum } from "./unsorted-segment-sum.ts";
import { asConfig, type WasmBackend } from "./wasm-backend.ts";

/** The backend brings the companion module along when it starts, so that no page blocks while that compiles. */
function loadCompanionAtStart(): void {
  const entry = engine().registryFactory["wasm"];
  if (entry === undefined) return;
  const { factory } = entry;
  entry.factory = async () => {
    const backend = await factory();
    await loadCompanion(backend as unknown as WasmBackend);
    return backend;
  };
}

function replace(kernelName: string, withKernel: (stock: KernelConfig) => KernelConfig): void {
  const stock = getKernel(kernelName, "wasm");
  unregisterKernel(kernelName, "wasm");
  registerKernel(withKernel(stock));
}

/**
 * Gives the Wasm backend of TensorFlow.js the kernels that training needs and that it lacks (the filter gradients of
 * convolutions, the gradient of gather), has wrong (the gradient of max-pooling, batched gathers, some depthwise
 * convolutions) or has slow; docs/kernels.md has the list. Best called before the backend starts. Calling it again does
 * nothing. Registration is global to the TensorFlow.js instance, so it is a call and not a side effect of an import.
 *
 * @returns false if `@tensorflow/tfjs-backend-wasm` hasn't been imported, so that there is nothing to add to.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-wasm";
 * registerWasmKernels();
 * await tf.setBackend("wasm");
 * ```
 */
export function registerWasmKernels(): boolean {
  // The registry itself remembers, for every copy of this module: TensorFlow.js 4.22 never has this kernel.
  if (getKernel(Conv2DBackpropFilter, "wasm") !== undefined) return true;
  if (getKernel(BatchMatMul, "wasm") === undefined) return false;
  loadCompanionAtStart();
  replace(BatchMatMul, (stock) => asConfig(BatchMatMul, batchMatMulWith(stock.kernelFunc), stock));
  replace(_FusedMatMul, (stock) => asConfig(_FusedMatMul, fusedMatMulWith(stock.kernelFunc), stock));
  replace(Conv2D, (stock) => asConfig(Conv2D, conv2D, stock));
  replace(FusedConv2D, (stock) => asConfig(FusedConv2D, fusedConv2DWith(stock.kernelFunc), stock));
  replace(Conv2DBackpropInput, (stock) => asConfig(Conv2DBackpropInput, conv2DBackpropInput, stock));
  replace(DepthwiseConv2dNative, (stock) => asConfig(DepthwiseConv2dNative, depthwiseConv2D, stock));
  replace(GatherV2, (stock) => asConfig(GatherV2, gather, stock));
  replace(MaxPoolGrad, (stock) => asConfig(MaxPoolGrad, maxPoolGrad, stock));
  replace(MaxPoolWithArgmax, (stock) => asConfig(MaxPoolWithArgmax, maxPoolWithArgmax, stock));
  registerKernel(asConfig(Conv2DBackpropFilter, conv2DBackpropFilter));
  registerKernel(asConfig(DepthwiseConv2dNativeBackpropFilter, depthwiseBackpropFilter));
  registerKernel(asConfig(DepthwiseConv2dNativeBackpropInput, depthwiseBackpropInput));
  registerKernel(asConfig(UnsortedSegmentSum, unsortedSegmentSum));
  registerFusedKernels(replace);
  return true;
}
