/** Standard base64 with padding. For keys and signatures: `Uint8Array.fromBase64` isn't everywhere yet. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** @throws DOMException for what isn't base64; blanks and missing padding are allowed, as `atob` does */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
