import { z } from "zod";
import { base64, publicKey, reason } from "./names.ts";

/**
 * PUT /v1/owners/{owner}/keys: a key with two signatures over the endorsement's text (shared/artifact/endorse.ts): one
 * of its own, which shows that the caller has it, one of a key that the owner has registered already.
 */
export const keyRegistration = z.strictObject({
  publicKey,
  /** The key that signs for it; null for an owner's first. */
  endorsedBy: publicKey.nullable(),
  /** That key's signature; null for an owner's first. */
  endorsement: base64.nullable(),
  /** The new key's own signature over the same text. */
  proof: base64,
  /** A rotation: the endorsing key signs no more versions from now on. */
  retire: z.boolean().default(false),
});

export const keyRevocation = z.strictObject({ publicKey, reason });

export const publisherKey = z.object({
  publicKey: z.string(),
  createdAt: z.string(),
  endorsedBy: z.string().nullable(),
  endorsement: z.string().nullable(),
  retiredAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  revokedReason: z.string().nullable(),
});

/** GET /v1/owners/{owner}/keys: oldest first, so that each stands after the one that endorsed it. */
export const keyList = z.object({ owner: z.string(), keys: z.array(publisherKey) });

export type KeyRegistration = z.infer<typeof keyRegistration>;
export type PublisherKey = z.infer<typeof publisherKey>;
export type KeyList = z.infer<typeof keyList>;
