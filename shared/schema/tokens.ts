import { z } from "zod";
import { ownerName, teacherName } from "./names.ts";

/**
 * What a token may do with its owner's teachers. `read`: private ones; `publish`: upload, publish, tag; `yank`: yank,
 * un-yank, deprecate; `admin`: all of these, and tokens, keys, transfers, visibility, the audit.
 */
export const scope = z.enum(["read", "publish", "yank", "admin"]);

/** POST /v1/tokens */
export const tokenRequest = z.strictObject({
  label: z.string().max(64).default(""),
  scopes: z.array(scope).min(1).max(4),
  /** The only teachers that it is for; null or left out for all. */
  names: z.array(teacherName).min(1).max(50).nullable().default(null),
  /** RFC 3339; null or left out for never. */
  expiresAt: z.iso.datetime().nullable().default(null),
  /** For an operator only: whose it is to be. */
  owner: ownerName.optional(),
});

/** A token without its secret. */
export const tokenInfo = z.object({
  id: z.string(),
  owner: z.string(),
  label: z.string(),
  scopes: z.array(z.string()),
  names: z.array(z.string()).nullable(),
  lastFour: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

/** The only answer that ever holds a token's text. */
export const newToken = tokenInfo.extend({ token: z.string() });
export const tokenList = z.object({ tokens: z.array(tokenInfo) });

export type Scope = z.infer<typeof scope>;
export type TokenInfo = z.infer<typeof tokenInfo>;
export type NewToken = z.infer<typeof newToken>;
export type TokenList = z.infer<typeof tokenList>;
