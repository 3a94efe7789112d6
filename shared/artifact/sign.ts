import { LecternError } from "../errors/index.ts";
import type { SignedManifest } from "../schema/index.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { webCrypto } from "./web-crypto.ts";

/** A publisher's key. `publicKey` is the raw 32 bytes in base64, as it stands in manifests. */
export interface SigningKey {
  privateKey: CryptoKey;
  publicKey: string;
}

/** A signing key as a file holds it (RFC 8037). Whoever has it can sign as the publisher: keep it with mode 600. */
export interface StoredSigningKey {
  kty: "OKP";
  crv: "Ed25519";
  /** The secret seed, base64url. */
  d: string;
  /** The public key, base64url. */
  x: string;
}

/**
 * A new Ed25519 key (RFC 8032) from the platform's own randomness.
 *
 * @example
 * ```ts
 * const key = await generateSigningKey();
 * await writeFile("key.json", JSON.stringify(await exportSigningKey(key)), { mode: 0o600 });
 * ```
 */
export async function generateSigningKey(): Promise<SigningKey> {
  const pair = (await webCrypto().generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const raw = await webCrypto().exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: encodeBase64(new Uint8Array(raw)) };
}

export async function exportSigningKey(key: SigningKey): Promise<StoredSigningKey> {
  const { d = "", x = "" } = await webCrypto().exportKey("jwk", key.privateKey);
  return { kty: "OKP", crv: "Ed25519", d, x };
}

/**
 * @param stored what {@link exportSigningKey} gave, parsed
 * @throws LecternError `invalid-argument` for anything else, also when `x` isn't the public key of `d`
 */
export async function importSigningKey(stored: unknown): Promise<SigningKey> {
  try {
    const { d, x } = stored as StoredSigningKey;
    const jwk = { kty: "OKP", crv: "Ed25519", d, x };
    const privateKey = await webCrypto().importKey("jwk", jwk, "Ed25519", true, ["sign"]);
    // Computed from d, not taken from the file: a wrong x would give signatures that nobody can verify.
    const computed = await webCrypto().exportKey("jwk", privateKey);
    if (computed.x !== x) throw new TypeError("x isn't the public key of d");
    const base64 = x.replaceAll("-", "+").replaceAll("_", "/");
    const publicKey = decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, "="));
    if (publicKey?.length !== 32) throw new TypeError("x isn't 32 bytes");
    return { privateKey, publicKey: encodeBase64(publicKey) };
  } catch (cause) {
    throw new LecternError(
      "invalid-argument",
      'The signing key isn\'t an Ed25519 key in JWK form, { "kty": "OKP", "crv": "Ed25519", "d", "x" }.',
      "Pass the key file as it was written, or make a new key.",
      { cause },
    );
  }
}

/**
 * Signs a manifest's exact text: Ed25519 over its UTF-8 bytes. The text must name `key.publicKey` as its publisher's,
 * or {@link openSignedManifest} will refuse it.
 *
 * @param text JSON of a manifest, any layout; it travels as it is
 * @example
 * ```ts
 * const signed = await signManifest(JSON.stringify(manifest, null, 2), key);
 * ```
 */
export async function signManifest(text: string, key: SigningKey): Promise<SignedManifest> {
  if (!text.isWellFormed()) {
    throw new LecternError(
      "invalid-argument",
      "The manifest's text has a lone surrogate, which UTF-8 can't carry.",
      "Remove it from the description or names.",
    );
  }
  const signature = await webCrypto().sign("Ed25519", key.privateKey, new TextEncoder().encode(text));
  return { manifest: text, signature: encodeBase64(new Uint8Array(signature)), publicKey: key.publicKey };
}
