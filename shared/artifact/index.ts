export type { Dtype, StoredTensor } from "./dtypes.ts";
export { parseSafetensors } from "./parse-safetensors.ts";
export type { Safetensors } from "./parse-safetensors.ts";
export { readWeights } from "./read-weights.ts";
export { serializeSafetensors } from "./serialize-safetensors.ts";
export type { WeightTensors } from "./serialize-safetensors.ts";
