import { and, eq, exists, isNotNull, isNull, ne, notExists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { audit, publisherKeys, releases, releaseStates, teachers } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import { hasRoomForName, hasRoomForRelease } from "../limits/quota.ts";
import { weightsUsableBy } from "../weights/uploaders.ts";
import type { NamedTeacher } from "./claim-name.ts";
import { skeletonOf } from "./look-alike.ts";

const one = sql`1`;

export type ReleaseRow = typeof releases.$inferSelect;

/** A key of the owner's. */
export interface StandingKey {
  publicKey: string;
  /** Retired or revoked. */
  isSpent: boolean;
}

/** What stands about a release and its publisher before or after an attempt to record it. */
export interface Standing {
  /** Who owns the name; undefined where nobody does yet. */
  teacherOwner: string | undefined;
  /** Of the teacher, where there is one. */
  visibility: "public" | "private" | undefined;
  /** The owner's, oldest first. */
  keys: readonly StandingKey[];
  release: ReleaseRow | undefined;
  /** Why the version was removed, if it was. */
  removal: string | undefined;
  /** Another owner's teacher whose name looks the same. */
  lookAlike: NamedTeacher | undefined;
  /** The release's weights are there, and the owner may use them. */
  hasWeights: boolean;
}

export interface Attempt {
  name: string;
  version: string;
  owner: string;
  weightsSha256: string;
}

export async function readStanding(
  database: D1Database,
  { name, version, owner, weightsSha256 }: Attempt,
): Promise<Standing> {
  const db = drizzle(database);
  const [teacher, keys, release, removal, alike, usable] = await db.batch([
    db.select().from(teachers).where(eq(teachers.name, name)),
    db.select().from(publisherKeys).where(eq(publisherKeys.owner, owner)).orderBy(publisherKeys.createdAt),
    db
      .select()
      .from(releases)
      .where(and(eq(releases.name, name), eq(releases.version, version))),
    db
      .select({ reason: releaseStates.removedReason })
      .from(releaseStates)
      .where(
        and(
          eq(releaseStates.name, name),
          eq(releaseStates.version, version),
          isNotNull(releaseStates.removedAt),
        ),
      ),
    db
      .select({ name: teachers.name, visibility: teachers.visibility })
      .from(teachers)
      .where(and(eq(teachers.skeleton, skeletonOf(name)), ne(teachers.owner, owner)))
      .limit(1),
    db.select({ usable: sql<number>`${weightsUsableBy(db, weightsSha256, owner)}` }).from(sql`(SELECT 1)`),
  ]);
  return {
    teacherOwner: teacher[0]?.owner,
    visibility: teacher[0]?.visibility,
    keys: keys.map(({ publicKey, retiredAt, revokedAt }) => ({
      publicKey,
      isSpent: retiredAt !== null || revokedAt !== null,
    })),
    release: release[0],
    removal: removal[0] && (removal[0].reason ?? ""),
    lookAlike: alike[0],
    hasWeights: usable[0]?.usable === 1,
  };
}

export interface Publication {
  owner: string;
  row: ReleaseRow;
  trace: typeof audit.$inferInsert;
  /** Of the teacher, where this release makes it; no private release comes under a public name. */
  visibility: "public" | "private";
}

/**
 * Records a release with its name's ownership, its owner's key and its audit row, or none of them: one batch is one
 * transaction, and each statement looks again at what the ones before it found, so that of several publications at the
 * same time exactly one wins, and no release is ever without its weights. The caller reads the standing afterwards: the
 * row's `requestId` tells whose it is.
 */
export async function recordRelease(
  database: D1Database,
  { owner, row, trace, visibility }: Publication,
): Promise<void> {
  const db = drizzle(database);
  const { name, version, publicKey, requestId, publishedAt, weightsSha256 } = row;
  const hasNoKey = notExists(db.select({ one }).from(publisherKeys).where(eq(publisherKeys.owner, owner)));
  const mayBeSeen = visibility === "private" ? eq(teachers.visibility, "private") : undefined;
  const ownsName = exists(
    db
      .select({ one })
      .from(teachers)
      .where(and(eq(teachers.name, name), eq(teachers.owner, owner), mayBeSeen)),
  );
  const hasKey = exists(
    db
      .select({ one })
      .from(publisherKeys)
      .where(
        and(
          eq(publisherKeys.owner, owner),
          eq(publisherKeys.publicKey, publicKey),
          isNull(publisherKeys.retiredAt),
          isNull(publisherKeys.revokedAt),
        ),
      ),
  );
  const isMine = exists(
    db
      .select({ one })
      .from(releases)
      .where(and(eq(releases.name, name), eq(releases.version, version), eq(releases.requestId, requestId))),
  );
  const isUnlike = notExists(
    db
      .select({ one })
      .from(teachers)
      .where(and(eq(teachers.skeleton, skeletonOf(name)), ne(teachers.owner, owner))),
  );
  const isRemoved = exists(
    db
      .select({ one })
      .from(releaseStates)
      .where(
        and(
          eq(releaseStates.name, name),
          eq(releaseStates.version, version),
          isNotNull(releaseStates.removedAt),
        ),
      ),
  );
  const hasWeights = weightsUsableBy(db, weightsSha256, owner);
  const teacher = { name, owner, createdAt: publishedAt, visibility, skeleton: skeletonOf(name) };
  const key = { owner, publicKey, createdAt: publishedAt };
  const hasRoom = hasRoomForRelease(owner);
  const isFirstKey = sql`${hasRoom} AND ${ownsName} AND ${hasNoKey} AND ${hasWeights}`;
  const firstKey = { ...trace, action: "key.register", subject: publicKey, detail: "the first" };
  await db.batch([
    // Only for a release that can follow: the name would be taken without one.
    db
      .insert(teachers)
      .select(
        valuesWhere(
          teachers,
          teacher,
          sql`${hasRoom} AND ${hasRoomForName(owner)} AND (${hasKey} OR ${hasNoKey}) AND ${isUnlike} AND ${hasWeights}`,
        ),
      )
      .onConflictDoNothing(),
    db.insert(audit).select(valuesWhere(audit, firstKey, isFirstKey)),
    db
      .insert(publisherKeys)
      .select(valuesWhere(publisherKeys, key, isFirstKey))
      .onConflictDoNothing(),
    db
      .insert(releases)
      .select(
        valuesWhere(
          releases,
          row,
          sql`${hasRoom} AND ${ownsName} AND ${hasKey} AND ${hasWeights} AND NOT ${isRemoved}`,
        ),
      )
      .onConflictDoNothing(),
    db.insert(audit).select(valuesWhere(audit, trace, isMine)),
    db
      .update(teachers)
      .set({ popularity: sql`${teachers.popularity} + 1` })
      .where(and(eq(teachers.name, name), isMine)),
  ]);
}
