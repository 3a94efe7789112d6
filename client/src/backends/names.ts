/**
 * Backends of TensorFlow.js, by what they run on:
 * - `node-gpu`: TensorFlow on CUDA, `node`: TensorFlow on the processor; both in Node
 * - `webgpu`: WebGPU, in Node through Dawn
 * - `webgl`: WebGL 2, in browsers
 * - `wasm`: XNNPACK, one core where memory can't be shared
 * - `cpu`: plain JavaScript, slow
 */
export type BackendName = "node-gpu" | "node" | "webgpu" | "webgl" | "wasm" | "cpu";

export const packages: Readonly<Record<BackendName, string>> = {
  "node-gpu": "@tensorflow/tfjs-node-gpu",
  node: "@tensorflow/tfjs-node",
  webgpu: "@tensorflow/tfjs-backend-webgpu",
  webgl: "@tensorflow/tfjs-backend-webgl",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu",
};

/** How TensorFlow.js calls it: its own library is `tensorflow`, with and without CUDA. */
export const registeredName = (name: BackendName): string => (name.startsWith("node") ? "tensorflow" : name);

/** True in Node; Electron's windows and every kind of worker in browsers count as browsers. */
export const inNode = (): boolean =>
  typeof process !== "undefined" &&
  process.versions?.node !== undefined &&
  !("window" in globalThis) &&
  !("WorkerGlobalScope" in globalThis);

/** The fastest first. */
export const usualOrder = (): readonly BackendName[] =>
  inNode() ? ["node-gpu", "node", "webgpu", "wasm", "cpu"] : ["webgpu", "webgl", "wasm", "cpu"];
