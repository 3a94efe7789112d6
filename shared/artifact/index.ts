export { sha256Hex } from "./digest.ts";
export type { Dtype, StoredTensor } from "./dtypes.ts";
export { parseSafetensors } from "./parse-safetensors.ts";
export type { Safetensors } from "./parse-safetensors.ts";
export { base64Pattern, digestPattern, namePattern, versionPattern } from "./patterns.ts";
export {
  readRelease,
  readSignedManifest,
  readTeacherList,
  readTeacherPage,
  readWeightsReceipt,
} from "./read-answers.ts";
export { readManifest } from "./read-manifest.ts";
export { readWeights } from "./read-weights.ts";
export { serializeSafetensors } from "./serialize-safetensors.ts";
export type { WeightTensors } from "./serialize-safetensors.ts";
export { exportSigningKey, generateSigningKey, importSigningKey, signManifest } from "./sign.ts";
export type { SigningKey, StoredSigningKey } from "./sign.ts";
export { openSignedManifest, verifySignedManifest } from "./verify-manifest.ts";
