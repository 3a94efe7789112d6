import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { audit, publisherKeys, releases, teachers } from "../database/schema.ts";

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
  const ownsName = sql`EXISTS (SELECT 1 FROM ${teachers} WHERE ${teachers.name} = ${row.name} AND ${teachers.owner} = ${owner})`;
  const hasKey = sql`EXISTS (SELECT 1 FROM ${publisherKeys} WHERE ${publisherKeys.owner} = ${owner} AND ${publisherKeys.publicKey} = ${row.publicKey})`;
  const isMine = sql`EXISTS (SELECT 1 FROM ${releases} WHERE ${releases.name} = ${row.name} AND ${releases.version} = ${row.version} AND ${releases.requestId} = ${row.requestId})`;
  await db.batch([
    db.insert(teachers).values({ name: row.name, owner, createdAt: row.publishedAt }).onConflictDoNothing(),
    db.run(
      sql`INSERT INTO ${publisherKeys} (owner, public_key, created_at)
          SELECT ${owner}, ${row.publicKey}, ${row.publishedAt} WHERE ${ownsName} ON CONFLICT DO NOTHING`,
    ),
    db.run(
      sql`INSERT INTO ${releases} (name, version, precedence, stable, manifest, manifest_sha256, signature, public_key,
            description, family, classes, tasks, weights_sha256, weights_bytes, publisher, published_at, search_text,
            request_id)
          SELECT ${row.name}, ${row.version}, ${row.precedence}, ${row.stable}, ${row.manifest}, ${row.manifestSha256},
            ${row.signature}, ${row.publicKey}, ${row.description}, ${row.family}, ${row.classes},
            ${JSON.stringify(row.tasks)}, ${row.weightsSha256}, ${row.weightsBytes}, ${row.publisher},
            ${row.publishedAt}, ${row.searchText}, ${row.requestId}
          WHERE ${ownsName} AND ${hasKey} ON CONFLICT DO NOTHING`,
    ),
    db.run(
      sql`INSERT INTO ${audit} (at, owner, action, subject, request_id)
          SELECT ${row.publishedAt}, ${owner}, 'release.publish', ${`${row.name}@${row.version}`}, ${row.requestId}
          WHERE ${isMine}`,
    ),
  ]);
}
