// The companion module of TensorFlow.js's Wasm backend, in AssemblyScript (`npm run build:kernels` compiles it).
// One file per group of kernels. Every function works on addresses in the backend's own memory; none may use static data,
// managed objects or the heap of AssemblyScript, which would collide with the backend's: the build refuses such a module.
export * from "./copy";
export * from "./contraction";
export * from "./pack";
export * from "./pad";
export * from "./add-windows";
export * from "./column-sums";
export * from "./batch-norm";
export * from "./activation";
export * from "./max-pool";
export * from "./depthwise";
export * from "./segments";
export * from "./winograd";
export * from "./winograd-filter";
export * from "./six-tiles";
export * from "./six-filter";
export * from "./nine-tiles";
export * from "./nine-filter";
