/** The newest manifest format that this code reads. */
export const readableFormatVersion = 1;

// Here and not beside the schemas, as the client can't afford zod, whose module schema/names.ts is.
/** `mnist-noise`, `glyphs-mlp`: lower-case words joined by single hyphens, 2–64 characters. */
export const namePattern = /^(?=.{2,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Semantic version 2.0.0, without build metadata (which would make two equal versions differ). */
export const versionPattern =
  /^(?=.{5,64}$)(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?$/;
/** Hexadecimal SHA-256, lower case. */
export const digestPattern = /^[0-9a-f]{64}$/;
/** Standard base64 with padding. */
export const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
