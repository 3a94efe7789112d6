export { fusedKernels } from "./fused-names.ts";
export { registerWasmKernels } from "./register-wasm-kernels.ts";
