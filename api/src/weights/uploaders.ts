import { and, eq, exists, ne, notExists, or, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { describeWrite } from "../audit/actions.ts";
import { audit, releases, teachers, weights } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import type { ApiContext } from "../environment.ts";
import { demandQuota, hasRoomForWeights } from "../limits/quota.ts";
import { ProblemError } from "../problems/problem-error.ts";

const one = sql`1`;

/** Stands in place of an owner while the weights are being removed (orphans.ts): then nobody may rest on them. */
export const leaving = "";

/**
 * Notes that the caller has these bytes, with the audit's row the first time; before they are put into the bucket, as R2
 * and D1 share no transaction: a row without its bytes is harmless, bytes without a row would never be found.
 *
 * @throws ProblemError `busy` while a sweep removes them, `quota-exceeded`
 */
export async function recordUploader(context: ApiContext, sha256: string, bytes: number): Promise<void> {
  const db = drizzle(context.env.DB);
  const { owner } = context.var.caller;
  await demandQuota(context.env.DB, owner, { weights: { sha256, bytes } });
  const row = { sha256, owner, bytes, createdAt: new Date().toISOString() };
  const stays = sql`${notExists(selectRow(db, sha256, leaving))} AND ${hasRoomForWeights(owner, { sha256, bytes })}`;
  const isNew = notExists(selectRow(db, sha256, owner));
  const trace = describeWrite(context, { action: "weights.put", subject: sha256 });
  const [, , found] = await db.batch([
    db.insert(audit).select(valuesWhere(audit, trace, sql`${stays} AND ${isNew}`)),
    db
      .insert(weights)
      .select(valuesWhere(weights, row, stays))
      // Younger again, so that no sweep takes them from under a publication.
      .onConflictDoUpdate({ target: [weights.sha256, weights.owner], set: { createdAt: row.createdAt } }),
    selectRow(db, sha256, owner),
  ]);
  if (found.length > 0) return;
  await demandQuota(context.env.DB, owner, { weights: { sha256, bytes } });
  throw new ProblemError(
    "busy",
    "The weights with this SHA-256 are just being removed, as no release had them.",
    "Send them again in a moment.",
    { "Retry-After": "5" },
  );
}

function selectRow(db: DrizzleD1Database, sha256: string, owner: string) {
  return db
    .select({ one })
    .from(weights)
    .where(and(eq(weights.sha256, sha256), eq(weights.owner, owner)));
}

/**
 * That weights are here to stay, for a statement that rests on them: some owner has uploaded them, and this one may use
 * them: having uploaded them, or as they are a public teacher's or one of the owner's own. Another's private weights
 * would become readable by being published again.
 */
export function weightsUsableBy(db: DrizzleD1Database, sha256: string, owner: string) {
  const uploaded = exists(
    db
      .select({ one })
      .from(weights)
      .where(and(eq(weights.sha256, sha256), ne(weights.owner, leaving))),
  );
  const released = exists(
    db
      .select({ one })
      .from(releases)
      .innerJoin(teachers, eq(teachers.name, releases.name))
      .where(
        and(
          eq(releases.weightsSha256, sha256),
          or(eq(teachers.visibility, "public"), eq(teachers.owner, owner)),
        ),
      ),
  );
  return sql`(${exists(selectRow(db, sha256, owner))} OR (${uploaded} AND ${released}))`;
}
