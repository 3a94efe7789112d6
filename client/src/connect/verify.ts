import { openSignedManifest, readWeights, sha256Hex, type WeightTensors } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";

/** A teacher whose signature, size and digest were found right. */
export interface PulledTeacher {
  manifest: Manifest;
  /** As published: what to write beside the weights to keep the teacher. */
  signed: SignedManifest;
  /** The safetensors file. */
  weights: Uint8Array;
  /** Its float32 tensors by name. */
  tensors: WeightTensors;
}

export interface TrustOptions {
  /** Ed25519 public keys in base64. Given, only teachers signed by one of them are used. */
  trustedKeys?: readonly string[];
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
  return { manifest, signed, weights, tensors: await openWeights(manifest, weights) };
}

/** Weights whose digest is the manifest's. */
export async function openWeights(
  { name, version, weights: { sha256 } }: Manifest,
  weights: Uint8Array,
): Promise<WeightTensors> {
  demand(
    (await sha256Hex(weights)) === sha256,
    "integrity",
    `The weights of ${name} ${version} don't have the digest ${sha256}`,
  );
  return readWeights(weights);
}
