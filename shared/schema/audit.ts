import { z } from "zod";

export const auditEntry = z.object({
  id: z.int(),
  at: z.string(),
  /** Who did it. */
  owner: z.string(),
  action: z.string(),
  subject: z.string(),
  /** Whose the subject is, where it is another's. */
  concerns: z.string().nullable(),
  tokenId: z.string().nullable(),
  detail: z.string().nullable(),
  requestId: z.string(),
});

/** GET /v1/audit: newest first. */
export const auditPage = z.object({ entries: z.array(auditEntry), nextCursor: z.string().nullable() });

export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditPage = z.infer<typeof auditPage>;
