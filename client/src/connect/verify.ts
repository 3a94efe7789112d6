import { openSignedManifest, readWeights, type WeightTensors } from "@lectern/shared/artifact";
import type { SignedManifest } from "@lectern/shared/schema";
import { verifyWeights, type Artifact, type TrustOptions } from "./verify-artifact.ts";

/** A teacher whose signature, size, digest and format were found right. */
export interface PulledTeacher extends Artifact {
  /** Its float32 tensors by name. */
  tensors: WeightTensors;
}

/**
 * Checks a teacher that came from anywhere: the signature over the manifest's exact text, the key, then the digest of
 * the weights, and only then parses them.
 *
 * Without `trustedKeys`, the signature shows that manifest and weights are as their publisher made them, but not who
 * that is: whoever can replace both on the way can sign with a key of his own.
 *
 * @throws LecternError `integrity`, `invalid-artifact` or `unsupported`
 * @example
 * ```ts
 * const signed = readSignedManifest(JSON.parse(await readFile("manifest.json", "utf8")));
 * const { manifest, tensors } = await verifyArtifact({ signed, weights: await readFile("weights.safetensors") });
 * ```
 */
export async function verifyArtifact(
  { signed, weights }: { signed: SignedManifest; weights: Uint8Array },
  { trustedKeys }: TrustOptions = {},
): Promise<PulledTeacher> {
  const manifest = await openSignedManifest(signed, trustedKeys);
  await verifyWeights(manifest, weights);
  return { manifest, signed, weights, tensors: readWeights(weights) };
}
