// Generated from client/kernels-wasm by npm run build:kernels: don't edit.

/** The module's functions; addresses and counts are numbers. */
export interface CompanionFunctions {
  copyBytes(target: number, source: number, bytes: number): void;
}

export const moduleBase64 =
  "AGFzbQEAAAABBwFgA39/fwACEgEDZW52Bm1lbW9yeQIBAICABAMCAQAHDQEJY29weUJ5dGVzAAAKDgEMACAAIAEgAvwKAAAL";
