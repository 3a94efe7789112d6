import type { SigningKey } from "./sign.ts";
import { encodeBase64 } from "./base64.ts";
import { endorsementText } from "./verify-endorsement.ts";
import { webCrypto } from "./web-crypto.ts";

/**
 * One key's signature for another as an owner's (RFC 8032, over the text's UTF-8 bytes). A new key signs for itself with
 * the same text, which shows that whoever registers it has it.
 *
 * @param from the endorsing key, or null for an owner's first
 * @returns base64
 * @example
 * ```ts
 * const endorsement = await endorseKey({ owner: "ada", from: old.publicKey, to: key.publicKey }, old);
 * const proof = await endorseKey({ owner: "ada", from: old.publicKey, to: key.publicKey }, key);
 * ```
 */
export async function endorseKey(
  { owner, from, to }: { owner: string; from: string | null; to: string },
  signer: SigningKey,
): Promise<string> {
  const text = new TextEncoder().encode(endorsementText(owner, from, to));
  return encodeBase64(new Uint8Array(await webCrypto().sign("Ed25519", signer.privateKey, text)));
}
