import { LecternError } from "../errors/index.ts";
import type { Manifest, SignedManifest } from "../schema/index.ts";
import { decodeBase64 } from "./base64.ts";
import { readManifest } from "./read-manifest.ts";
import { noEd25519, webCrypto } from "./web-crypto.ts";

/**
 * Checks that the envelope's key signed the manifest's exact text. Whether that key may speak for the publisher is the
 * next question: {@link openSignedManifest} compares it with the manifest's own, `trustedKeys` of `connect` with yours.
 *
 * @throws LecternError `integrity` when the signature doesn't fit; `unsupported` where the platform has no Ed25519
 */
export async function verifySignedManifest(signed: SignedManifest): Promise<void> {
  const signature = decodeBase64(signed.signature);
  const publicKey = decodeBase64(signed.publicKey);
  // A text with a lone surrogate would be verified as another text, with U+FFFD in its place.
  if (signature?.length !== 64 || publicKey?.length !== 32 || !signed.manifest.isWellFormed())
    throw badSignature();
  let key: CryptoKey;
  try {
    key = await webCrypto().importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotSupportedError") throw noEd25519(cause);
    // Some platforms refuse 32 bytes that aren't a point of the curve here, others when they verify.
    throw badSignature(cause);
  }
  const text = new TextEncoder().encode(signed.manifest);
  if (!(await webCrypto().verify("Ed25519", key, signature, text))) throw badSignature();
}

/**
 * Verifies an envelope, then reads its manifest, whose publisher must be the one that signed.
 *
 * @throws LecternError `integrity` for a signature that doesn't fit, `unsupported` or `invalid-artifact` as
 * {@link readManifest} says
 * @example
 * ```ts
 * const manifest = await openSignedManifest(JSON.parse(file));
 * ```
 */
export async function openSignedManifest(signed: SignedManifest): Promise<Manifest> {
  await verifySignedManifest(signed);
  const manifest = readManifest(signed.manifest);
  if (manifest.publisher.publicKey !== signed.publicKey) {
    throw distrust(`${manifest.name} ${manifest.version} is signed with another key than its publisher's`);
  }
  return manifest;
}

/** What isn't as it was signed must not be used, whatever the reason. */
export function distrust(problem: string, cause?: unknown): LecternError {
  return new LecternError("integrity", `${problem}.`, "Don't use it: pull it again, or ask its publisher.", {
    cause,
  });
}

const badSignature = (cause?: unknown): LecternError =>
  distrust("The manifest's signature doesn't match", cause);
