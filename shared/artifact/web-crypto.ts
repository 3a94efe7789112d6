import { demand } from "../errors/index.ts";

/** Pages get `crypto.subtle` in a secure context only, so that it may be missing even in a new browser. */
export function webCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle) return subtle;
  return noEd25519();
}

/** Ed25519 reached browsers late (Chrome 137, Firefox 129, Safari 17). */
export function noEd25519(cause?: unknown): never {
  demand(false, "unsupported", "WebCrypto with Ed25519 is missing here", "Use https or localhost.", cause);
}
