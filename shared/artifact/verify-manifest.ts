import { demand } from "../errors/index.ts";
import type { Manifest, SignedManifest } from "../schema/index.ts";
import { openManifest } from "./open-manifest.ts";
import { readableFormatVersion } from "./patterns.ts";
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
 * Verifies an envelope and takes its manifest as the publisher wrote it: the signature is right, and the key is the
 * manifest's own. The fields are for their users to look at, or for {@link openSignedManifest}.
 *
 * @param trustedKeys given, the signer must be one of them, too
 * @throws LecternError `integrity`; `unsupported` for a format version after this client's
 */
export async function authenticateManifest(
  signed: SignedManifest,
  trustedKeys?: readonly string[],
): Promise<Manifest> {
  await verifySignedManifest(signed);
  let manifest: Partial<Manifest> = {};
  try {
    manifest = Object(JSON.parse(signed.manifest));
  } catch {
    // What isn't JSON names no key that could have signed it.
  }
  const { name, version, formatVersion } = manifest;
  demand(
    !(Number(formatVersion) > readableFormatVersion),
    "unsupported",
    `The manifest has format ${formatVersion}, expected at most ${readableFormatVersion}`,
  );
  const own = [manifest.publisher?.publicKey];
  const keys = trustedKeys ?? own;
  demand(
    [own, keys].every((allowed) => allowed.includes(signed.publicKey)),
    "integrity",
    `${name} ${version} is signed with ${signed.publicKey}, expected ${trustedKeys ? "one of trustedKeys" : own}`,
  );
  return manifest as Manifest;
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
  await authenticateManifest(signed, trustedKeys);
  return manifest;
}
