export { sha256Hex } from "./digest.ts";
export { bitsPerElement } from "./dtypes.ts";
export type { Dtype, StoredTensor } from "./dtypes.ts";
export { parseSafetensors } from "./parse-safetensors.ts";
export type { Safetensors } from "./parse-safetensors.ts";
export { base64Pattern, digestPattern, namePattern, versionPattern } from "./patterns.ts";
export { broken } from "./broken.ts";
export {
  readKeyList,
  readRelease,
  readTeacherList,
  readTeacherPage,
  readUploadStatus,
  readWeightsReceipt,
} from "./read-answers.ts";
export { conform } from "./conform.ts";
export type { Sample } from "./conform.ts";
export { endorseKey } from "./endorse.ts";
export { expectWhole } from "./expect-whole.ts";
export { openManifest } from "./open-manifest.ts";
export { openRecipe, optimizerNumbers, schedules } from "./open-recipe.ts";
export { readTensors } from "./read-header.ts";
export { readManifest } from "./read-manifest.ts";
export { readSignedManifest } from "./read-signed-manifest.ts";
export { readWeights } from "./read-weights.ts";
export { serializeSafetensors } from "./serialize-safetensors.ts";
export type { WeightTensors } from "./serialize-safetensors.ts";
export { exportSigningKey, generateSigningKey, importSigningKey, signManifest } from "./sign.ts";
export type { SigningKey, StoredSigningKey } from "./sign.ts";
export { unpackWeights } from "./unpack-weights.ts";
export { authenticateManifest, openSignedManifest, verifySignedManifest } from "./verify-manifest.ts";
export { endorsementText, verifyEndorsement } from "./verify-endorsement.ts";
export { verifySignature } from "./verify-signature.ts";
