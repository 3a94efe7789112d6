import { and, eq, exists, notExists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { audit, publisherKeys, releases, teachers } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";

const one = sql`1`;

export type ReleaseRow = typeof releases.$inferSelect;

/** What stands about a release and its publisher before or after an attempt to record it. */
export interface Standing {
  /** Who owns the name; undefined where nobody does yet. */
  teacherOwner: string | undefined;
  /** The owner's registered key; undefined where none is yet. */
  registeredKey: string | undefined;
  release: ReleaseRow | undefined;
}

export async function readStanding(
  database: D1Database,
  { name, version, owner }: { name: string; version: string; owner: string },
): Promise<Standing> {
  const db = drizzle(database);
  const [teacher, key, release] = await db.batch([
    db.select().from(teachers).where(eq(teachers.name, name)),
    db.select().from(publisherKeys).where(eq(publisherKeys.owner, owner)),
    db
      .select()
      .from(releases)
      .where(and(eq(releases.name, name), eq(releases.version, version))),
  ]);
  return { teacherOwner: teacher[0]?.owner, registeredKey: key[0]?.publicKey, release: release[0] };
}

/**
 * Records a release with its name's ownership, its owner's key and its audit row, or none of them: one batch is one
 * transaction, and each statement looks again at what the ones before it found, so that of several publications at the
 * same time exactly one wins. The caller reads the standing afterwards: the row's `requestId` tells whose it is.
 */
export async function recordRelease(database: D1Database, owner: string, row: ReleaseRow): Promise<void> {
  const db = drizzle(database);
  const { name, version, publicKey, requestId, publishedAt } = row;
  const hasNoKey = notExists(db.select({ one }).from(publisherKeys).where(eq(publisherKeys.owner, owner)));
  const ownsName = exists(
    db
      .select({ one })
      .from(teachers)
      .where(and(eq(teachers.name, name), eq(teachers.owner, owner))),
  );
  const hasKey = exists(
    db
      .select({ one })
      .from(publisherKeys)
      .where(and(eq(publisherKeys.owner, owner), eq(publisherKeys.publicKey, publicKey))),
  );
  const isMine = exists(
    db
      .select({ one })
      .from(releases)
      .where(and(eq(releases.name, name), eq(releases.version, version), eq(releases.requestId, requestId))),
  );
  const teacher = { name, owner, createdAt: publishedAt };
  const key = { owner, publicKey, createdAt: publishedAt };
  const trace = {
    at: publishedAt,
    owner,
    action: "release.publish" as const,
    subject: `${name}@${version}`,
    requestId,
  };
  await db.batch([
    // Not for an owner with another key: the name would be taken without a release.
    db
      .insert(teachers)
      .select(valuesWhere(teachers, teacher, sql`(${hasKey} OR ${hasNoKey})`))
      .onConflictDoNothing(),
    db
      .insert(publisherKeys)
      .select(valuesWhere(publisherKeys, key, sql`${ownsName} AND ${hasNoKey}`))
      .onConflictDoNothing(),
    db
      .insert(releases)
      .select(valuesWhere(releases, row, sql`${ownsName} AND ${hasKey}`))
      .onConflictDoNothing(),
    db.insert(audit).select(valuesWhere(audit, trace, isMine)),
  ]);
}
