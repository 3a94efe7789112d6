/** The newest manifest format that this code reads. */
export const readableFormatVersion = 1;

/**
 * The patterns of ../schema/names.ts, without zod, which the client can't afford; a test holds the two together.
 */
export const namePattern = /^(?=.{2,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
export const versionPattern =
  /^(?=.{5,64}$)(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?$/;
export const digestPattern = /^[0-9a-f]{64}$/;
export const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
