import { drizzle } from "drizzle-orm/d1";
import { audit } from "../database/schema.ts";
import type { ApiContext } from "../environment.ts";

/** Everything that the audit can say was done. */
export type Action =
  | "weights.put"
  | "upload.begin"
  | "upload.abort"
  | "release.publish"
  | "release.yank"
  | "release.unyank"
  | "release.deprecate"
  | "release.remove"
  | "tag.set"
  | "tag.delete"
  | "teacher.visibility"
  | "transfer.offer"
  | "transfer.cancel"
  | "transfer.accept"
  | "key.register"
  | "key.retire"
  | "key.revoke"
  | "token.create"
  | "token.revoke";

export interface Trace {
  action: Action;
  /** A digest, `name@version`, `name`, a token's id, a key. Never a secret. */
  subject: string;
  /** Whose the subject is, where it may be another's than the caller's. */
  concerns?: string;
  /** A reason, or what changed. */
  detail?: string;
}

/** The audit's row about what this request does. */
export function describeWrite(
  context: ApiContext,
  { action, subject, concerns, detail }: Trace,
): typeof audit.$inferInsert {
  const { caller, requestId } = context.var;
  return {
    at: new Date().toISOString(),
    owner: caller.owner,
    action,
    subject,
    requestId,
    tokenId: caller.tokenId,
    concerns: concerns === caller.owner ? null : (concerns ?? null),
    detail: detail ?? null,
  };
}

/** The statement that writes the row, for a batch with the write itself: both, or neither. */
export function traceWrite(context: ApiContext, trace: Trace) {
  return drizzle(context.env.DB).insert(audit).values(describeWrite(context, trace));
}
