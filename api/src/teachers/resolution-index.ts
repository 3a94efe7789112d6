import { readGeneration } from "../cache/generation.ts";
import type { Location } from "../cache/location.ts";
import { aMinute, findKept, keepRead } from "../cache/read-through.ts";

/** All that resolving a tag or a range takes: one row of the database, small enough to be kept whole. */
export interface ResolutionIndex {
  owner: string;
  visibility: "public" | "private";
  /** Highest first; without those that were removed. */
  versions: readonly { version: string; yanked: boolean }[];
  /** `latest` only if its owner set it. */
  tags: Readonly<Record<string, string>>;
}

/** And how old it is. */
export interface ReadIndex {
  index: ResolutionIndex | undefined;
  readAt: number;
}

/** One query, or none where the index is kept. A private teacher's isn't kept; that there is no teacher is. */
export async function readResolutionIndex(
  location: Location,
  database: D1Database,
  name: string,
): Promise<ReadIndex> {
  const path = `index/${name}/${await readGeneration(location, `teacher/${name}`)}`;
  const kept = await findKept(location, path, aMinute);
  if (kept !== undefined) {
    const index = JSON.parse(new TextDecoder().decode(kept.body)) as ResolutionIndex | null;
    return { index: index ?? undefined, readAt: kept.readAt };
  }
  const readAt = location.now();
  const index = await queryIndex(database, name);
  if (index?.visibility !== "private") {
    const { buffer } = new TextEncoder().encode(JSON.stringify(index ?? null));
    await keepRead(location, path, { body: buffer, headers: {}, readAt }, aMinute);
  }
  return { index, readAt };
}

/** Exported for the test of its query plan. */
export const indexQuery = `SELECT t.owner, t.visibility,
  (SELECT json_group_array(json_array(v.version, v.yanked)) FROM (
    SELECT r.version, s.yanked_at IS NOT NULL AS yanked FROM releases r
    LEFT JOIN release_states s ON s.name = r.name AND s.version = r.version
    WHERE r.name = t.name AND s.removed_at IS NULL ORDER BY r.precedence DESC) v) AS versions,
  (SELECT json_group_object(d.tag, d.version) FROM dist_tags d WHERE d.name = t.name) AS tags
FROM teachers t WHERE t.name = ?`;

async function queryIndex(database: D1Database, name: string): Promise<ResolutionIndex | undefined> {
  const row = await database
    .prepare(indexQuery)
    .bind(name)
    .first<{ owner: string; visibility: "public" | "private"; versions: string; tags: string }>();
  if (row === null) return undefined;
  const versions = (JSON.parse(row.versions) as [string, number][]).map(([version, yanked]) => ({
    version,
    yanked: yanked === 1,
  }));
  return {
    owner: row.owner,
    visibility: row.visibility,
    versions,
    tags: JSON.parse(row.tags) as Record<string, string>,
  };
}
