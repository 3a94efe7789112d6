import {
  distrust,
  openSignedManifest,
  readWeights,
  sha256Hex,
  type WeightTensors,
} from "@lectern/shared/artifact";
import type { LecternError } from "@lectern/shared/errors";
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
 * Checks a teacher that came from anywhere: the signature over the manifest's exact text, the key, then size and digest
 * of the weights, and only then parses them.
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
  options: TrustOptions = {},
): Promise<PulledTeacher> {
  const manifest = await openTrusted(signed, options);
  if (weights.length !== manifest.weights.bytes)
    throw mismatch(manifest, `have ${weights.length} bytes, expected ${manifest.weights.bytes}`);
  await checkDigest(manifest, weights);
  return { manifest, signed, weights, tensors: readWeights(weights) };
}

export async function openTrusted(signed: SignedManifest, { trustedKeys }: TrustOptions): Promise<Manifest> {
  const manifest = await openSignedManifest(signed);
  if (trustedKeys && !trustedKeys.includes(signed.publicKey))
    throw distrust(
      `${manifest.name} ${manifest.version} is signed with ${signed.publicKey}, expected one of trustedKeys`,
    );
  return manifest;
}

export async function checkDigest(manifest: Manifest, weights: Uint8Array): Promise<void> {
  const digest = await sha256Hex(weights);
  if (digest !== manifest.weights.sha256)
    throw mismatch(manifest, `have the digest ${digest}, expected ${manifest.weights.sha256}`);
}

export const mismatch = ({ name, version }: Manifest, fault: string): LecternError =>
  distrust(`The weights of ${name} ${version} ${fault}`);
