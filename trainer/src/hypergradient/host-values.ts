import * as tf from "@tensorflow/tfjs-core";

/** What is used of TensorFlow.js's BackendWasm. */
interface WasmHeap {
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
}

/** True where tensors live in this process's memory and can be read without waiting. */
export const isHostBackend = (): boolean => tf.getBackend() === "wasm" || tf.getBackend() === "cpu";

/**
 * A float32 tensor's numbers without a copy, if the backend has them in this process: read them before the next
 * allocation, which may move the WebAssembly heap. `dataSync` copies on wasm: 1.7 MB of garbage a step for a LeNet.
 */
export function viewValues(tensor: tf.Tensor): Float32Array {
  if (tf.getBackend() !== "wasm") return tensor.dataSync() as Float32Array;
  return (tf.backend() as unknown as WasmHeap).typedArrayFromHeap(tensor);
}

/** A tensor of these numbers, which may change afterwards: the cpu backend would keep the very array. */
export function uploadValues(values: Float32Array, shape: number[]): tf.Tensor {
  return tf.tensor(tf.getBackend() === "cpu" ? values.slice() : values, shape, "float32");
}
