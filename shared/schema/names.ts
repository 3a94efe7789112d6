import { z } from "zod";
import { base64Pattern, digestPattern, namePattern, versionPattern } from "../artifact/patterns.ts";

export { base64Pattern, digestPattern, namePattern, versionPattern };

export const teacherName = z
  .string()
  .regex(namePattern, "a name is 2–64 lower-case letters, digits and single hyphens, starting with a letter");
/** Owners are named as teachers are. */
export const ownerName = teacherName;
export const semanticVersion = z.string().regex(versionPattern, "a version is semantic, such as 1.2.0");
export const sha256 = z.string().regex(digestPattern, "a digest is 64 lower-case hexadecimal digits");
export const base64 = z.string().regex(base64Pattern, "expected standard base64 with padding");
/** Raw Ed25519 key, in the one spelling that it has: the last digit's two spare bits are 0. */
export const publicKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "a public key is 32 bytes in base64 (44 characters)");
/** `latest`, `beta`: a word that no range could be (`x` and `v1` are ranges). */
export const tagName = z
  .string()
  .regex(
    /^(?!v?(?:x|\d+)$)[a-z](?:-?[a-z0-9]){0,31}$/,
    "a tag is 1–32 lower-case letters, digits and single hyphens, starting with a letter",
  );
/** Why something was done, for those who come upon it. */
export const reason = z.string().trim().min(1).max(500);
