import { demand } from "../errors/index.ts";
import type { Manifest, SignedManifest } from "../schema/index.ts";
import { openManifest } from "./open-manifest.ts";
import { verifySignature } from "./verify-signature.ts";

/**
 * Checks that the envelope's key signed the manifest's exact text. Whether that key may speak for the publisher is the
 * next question: {@link openSignedManifest} compares it with the manifest's own, `trustedKeys` of `connect` with yours.
 *
 * @throws LecternError `integrity` when the signature doesn't fit, or the envelope is none; `unsupported` where the
 * platform has no Ed25519
 */
export async function verifySignedManifest(signed: SignedManifest): Promise<void> {
  const right = await verifySignature(signed?.manifest, signed?.signature, signed?.publicKey);
  demand(right, "integrity", "The manifest's signature is wrong");
}

/**
 * Verifies an envelope, then opens its manifest, whose publisher must be the one that signed.
 *
 * @param trustedKeys given, the signer must be one of them, too
 * @throws LecternError `integrity` for a signature that doesn't fit, `unsupported` or `invalid-artifact` as
 * {@link openManifest} says
 * @example
 * ```ts
 * const manifest = await openSignedManifest(JSON.parse(file));
 * ```
 */
export async function openSignedManifest(
  signed: SignedManifest,
  trustedKeys?: readonly string[],
): Promise<Manifest> {
  await verifySignedManifest(signed);
  const manifest = openManifest(signed.manifest);
  const { name, version, publisher } = manifest;
  const keys = [publisher.publicKey];
  demand(
    [keys, trustedKeys ?? keys].every((allowed) => allowed.includes(signed.publicKey)),
    "integrity",
    `${name} ${version} is signed with ${signed.publicKey}, expected ${trustedKeys ? "one of trustedKeys" : keys}`,
  );
  return manifest;
}
