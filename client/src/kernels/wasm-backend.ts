import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/** What our kernels use of TensorFlow.js's BackendWasm. */
export interface WasmBackend {
  makeOutput(shape: number[], dtype: TensorInfo["dtype"]): TensorInfo;
  disposeData(dataId: TensorInfo["dataId"]): boolean;
  /** A view of the Wasm heap. Any allocation may grow the heap and detach it: allocate first, look afterwards. */
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
  readonly dataIdMap: { get(dataId: TensorInfo["dataId"]): { memoryOffset: number } };
  /** The Emscripten module. */
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly wasmMemory?: WebAssembly.Memory;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
}

/** Where the tensor's numbers lie in the backend's memory. An address stays valid while the memory grows; a view doesn't. */
export function addressOf(info: TensorInfo, backend: WasmBackend): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}

/** A kernel of ours, on the Wasm backend. */
export type WasmKernel<Inputs, Attrs> = (
  inputs: Inputs,
  attrs: Attrs,
  backend: WasmBackend,
) => TensorInfo | TensorInfo[];

/** Calls one of the backend's own kernels that returns one tensor. */
export function callKernel(
  kernelName: string,
  inputs: Record<string, TensorInfo>,
  attrs: object,
  backend: WasmBackend,
): TensorInfo {
  const kernel = getKernel(kernelName, "wasm");
  return call(kernel.kernelFunc, inputs, attrs, backend);
}

/** Calls a kernel function that was looked up before. */
export function call(
  kernelFunc: KernelFunc,
  inputs: Record<string, TensorInfo>,
  attrs: object,
  backend: WasmBackend,
): TensorInfo {
  return kernelFunc({ inputs, attrs: attrs as NamedAttrMap, backend }) as TensorInfo;
}

/** Runs a chain of kernels and frees every intermediate result but the last. */
export function chain(
  backend: WasmBackend,
  compute: (track: (info: TensorInfo) => TensorInfo) => TensorInfo,
): TensorInfo {
  const intermediates: TensorInfo[] = [];
  const result = compute((info) => {
    intermediates.push(info);
    return info;
  });
  for (const info of intermediates) if (info !== result) backend.disposeData(info.dataId);
  return result;
}

/** The kernel's registration, with the stock kernel's set-up kept: the backend runs it when it starts. */
export function asConfig<Inputs, Attrs>(
  kernelName: string,
  kernel: WasmKernel<Inputs, Attrs>,
  stock?: KernelConfig,
): KernelConfig {
  return {
    ...stock,
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel(inputs as Inputs, attrs as unknown as Attrs, backend as WasmBackend),
  };
}
