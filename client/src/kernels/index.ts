export { fusedKernels } from "./fused-names.ts";
export { registerWasmKernels } from "./register-wasm-kernels.ts";
export { registerWebgpuKernels } from "./register-webgpu-kernels.ts";
