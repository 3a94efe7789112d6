import { LecternError } from "../errors/index.ts";

/** Pages get `crypto.subtle` in a secure context only, so that it may be missing even in a new browser. */
export function webCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle) return subtle;
  throw new LecternError(
    "unsupported",
    "This platform has no WebCrypto, so a teacher's digest and signature can't be checked.",
    "Serve the page over https or from localhost, or use Node 20 or later.",
  );
}

/** Ed25519 reached browsers late (Chrome 137, Firefox 129, Safari 17). */
export function noEd25519(cause: unknown): LecternError {
  return new LecternError(
    "unsupported",
    "This platform's WebCrypto has no Ed25519, so a teacher's signature can't be checked.",
    "Update the browser (Chrome 137, Firefox 129, Safari 17 or later), or use Node 20 or later.",
    { cause },
  );
}
