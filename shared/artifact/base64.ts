import { base64Pattern } from "./patterns.ts";

/** Standard base64 with padding. For keys and signatures: `Uint8Array.fromBase64` isn't everywhere yet. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Undefined for what isn't standard base64 with padding; `atob` alone would take blanks and missing padding. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!base64Pattern.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
