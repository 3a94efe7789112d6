import { decodeBase64 } from "./base64.ts";
import { noEd25519 } from "./web-crypto.ts";

/**
 * True if the key made the Ed25519 signature over the text's UTF-8 bytes. What isn't base64, or not a point of the
 * curve, is a wrong signature.
 *
 * @param publicKey raw 32 bytes in base64
 * @throws LecternError `unsupported` where the platform has no Ed25519
 */
export async function verifySignature(text: string, signature: string, publicKey: string): Promise<boolean> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  try {
    const key = await subtle!.importKey("raw", decodeBase64(publicKey), "Ed25519", false, ["verify"]);
    const bytes = new TextEncoder().encode(text);
    // A text with a lone surrogate would be verified as another text, with U+FFFD in its place.
    return text.isWellFormed() && (await subtle!.verify("Ed25519", key, decodeBase64(signature), bytes));
  } catch (cause) {
    if (subtle && (cause as Error).name !== "NotSupportedError") return false;
    return noEd25519(cause);
  }
}
