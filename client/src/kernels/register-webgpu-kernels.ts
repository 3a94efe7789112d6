import {
  AddN,
  Cast,
  getKernel,
  Multiply,
  registerKernel,
  unregisterKernel,
  type DataType,
  type KernelConfig,
  type KernelFunc,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/** What our kernels use of TensorFlow.js's WebGPUBackend. */
interface WebgpuBackend {
  makeTensorInfo(shape: number[], dtype: DataType, values: Float32Array): TensorInfo;
  disposeData(dataId: TensorInfo["dataId"]): boolean;
}

const backendName = "webgpu";
const ours = new WeakSet<KernelFunc>();

/**
 * Mends two kernels of TensorFlow.js's WebGPU backend that are silently wrong: where a shader doesn't compile, it goes
 * on with whatever the output's memory holds.
 * - Cast from int32 or bool to float32 only changes the tensor's label; transposing it then needs a shader that doesn't
 *   compile. So it goes wrong wherever a recurrent layer meets a mask.
 * - AddN of more than seven tensors needs more storage buffers than a device has by default.
 *
 * Calling it again does nothing. Registration is global to the TensorFlow.js instance, so it is a call and not a side
 * effect of an import.
 *
 * @returns false if `@tensorflow/tfjs-backend-webgpu` hasn't been imported, so that there is nothing to mend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-webgpu";
 * registerWebgpuKernels();
 * await tf.setBackend("webgpu");
 * ```
 */
export function registerWebgpuKernels(): boolean {
  const cast = getKernel(Cast, backendName);
  if (!cast) return false;
  if (ours.has(cast.kernelFunc)) return true;
  replace(cast, convertingCast(cast.kernelFunc));
  const addN = getKernel(AddN, backendName);
  replace(addN, addInGroups(addN.kernelFunc));
  return true;
}

function replace(stock: KernelConfig, kernelFunc: KernelFunc): void {
  unregisterKernel(stock.kernelName, backendName);
  registerKernel({ ...stock, kernelFunc });
  ours.add(kernelFunc);
}

const convertingCast =
  (stock: KernelFunc): KernelFunc =>
  (params) => {
    const relabelled = stock(params) as TensorInfo;
    const { x } = params.inputs as { x: TensorInfo };
    const { dtype } = params.attrs as unknown as { dtype: DataType };
    if (dtype !== "float32" || (x.dtype !== "int32" && x.dtype !== "bool")) return relabelled;
    const backend = params.backend as WebgpuBackend;
    const one = backend.makeTensorInfo([], "float32", Float32Array.of(1));
    const { kernelFunc: multiply } = getKernel(Multiply, backendName);
    const converted = multiply({ inputs: { a: relabelled, b: one }, backend, attrs: {} });
    backend.disposeData(relabelled.dataId);
    backend.disposeData(one.dataId);
    return converted;
  };

const groupSize = 4;

const addInGroups =
  (stock: KernelFunc): KernelFunc =>
  (params) => {
    const backend = params.backend as WebgpuBackend;
    const add = (inputs: readonly TensorInfo[]): TensorInfo =>
      stock({ ...params, inputs: inputs as unknown as typeof params.inputs }) as TensorInfo;
    let [total, ...rest] = Object.values(params.inputs) as [TensorInfo, ...TensorInfo[]];
    for (let first = true; rest.length > 0; first = false) {
      const next = add([total, ...rest.slice(0, groupSize - 1)]);
      if (!first) backend.disposeData(total.dataId);
      total = next;
      rest = rest.slice(groupSize - 1);
    }
    return total === params.inputs[0] ? add([total]) : total;
  };
