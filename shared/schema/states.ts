import { z } from "zod";
import { ownerName, reason, semanticVersion, tagName } from "./names.ts";

/** PUT …/versions/{version}/yank */
export const yankRequest = z.strictObject({ yanked: z.boolean(), reason });
/** PUT …/versions/{version}/deprecation: null takes it back. */
export const deprecationRequest = z.strictObject({ message: z.string().trim().min(1).max(500).nullable() });
/** PUT …/versions/{version}/removal: an operator's. */
export const removalRequest = z.strictObject({ reason });

const because = z.object({ at: z.string(), reason: z.string() });
/** What has happened to a release since it was published. */
export const releaseState = z.object({
  name: z.string(),
  version: z.string(),
  yanked: because.nullable(),
  deprecated: z.string().nullable(),
  removed: because.nullable(),
});

/** PUT …/tags/{tag} */
export const tagRequest = z.strictObject({ version: semanticVersion });
/** GET …/tags */
export const tagList = z.object({ name: z.string(), tags: z.record(tagName, semanticVersion) });

/** PUT …/visibility */
export const visibilityRequest = z.strictObject({ visibility: z.enum(["public", "private"]) });
/** PUT …/transfer */
export const transferRequest = z.strictObject({ to: ownerName });
/** Who has a name, and to whom it is on offer. */
export const ownership = z.object({
  name: z.string(),
  owner: z.string(),
  visibility: z.enum(["public", "private"]),
  offeredTo: z.string().nullable(),
});

export type ReleaseState = z.infer<typeof releaseState>;
export type TagList = z.infer<typeof tagList>;
export type Ownership = z.infer<typeof ownership>;
