import { z } from "zod";

/** `mnist-noise`, `glyphs-mlp`: lower-case words joined by single hyphens, 2–64 characters. */
export const namePattern = /^(?=.{2,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Semantic version 2.0.0, without build metadata (which would make two equal versions differ). */
export const versionPattern =
  /^(?=.{5,64}$)(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?$/;
/** Hexadecimal SHA-256, lower case. */
export const digestPattern = /^[0-9a-f]{64}$/;
/** Standard base64 with padding. */
export const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const teacherName = z
  .string()
  .regex(namePattern, "a name is 2–64 lower-case letters, digits and single hyphens, starting with a letter");
export const semanticVersion = z.string().regex(versionPattern, "a version is semantic, such as 1.2.0");
export const sha256 = z.string().regex(digestPattern, "a digest is 64 lower-case hexadecimal digits");
export const base64 = z.string().regex(base64Pattern, "expected standard base64 with padding");
