import { sha256Hex } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";

/** A teacher whose signature and digest were found right. */
export interface Artifact {
  manifest: Manifest;
  /** As published: what to write beside the weights to keep the teacher. */
  signed: SignedManifest;
  /** The safetensors file. */
  weights: Uint8Array;
}

export interface TrustOptions {
  /** Ed25519 public keys in base64. Given, only teachers signed by one of them are used. */
  trustedKeys?: readonly string[];
}

/** @throws LecternError `integrity` unless the weights have the digest that the manifest says */
export async function verifyWeights(
  { name, version, weights: { sha256 } }: Manifest,
  weights: Uint8Array,
): Promise<void> {
  demand(
    (await sha256Hex(weights)) === sha256,
    "integrity",
    `The weights of ${name} ${version} don't have the digest ${sha256}`,
  );
}
