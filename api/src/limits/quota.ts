import { type SQL, sql } from "drizzle-orm";
import { ProblemError } from "../problems/problem-error.ts";

/** What an owner may have where the operator set nothing else (the table `owners`). */
export const defaultQuota = { bytes: 1024 ** 3, releases: 10_000, teachers: 1000 } as const;

/** What a write would add. */
export interface Added {
  weights?: { sha256: string; bytes: number };
  /** The name of the release's teacher. */
  release?: string;
}

interface Usage {
  quotaBytes: number | null;
  quotaReleases: number | null;
  bytes: number;
  releases: number;
  teachers: number;
  hasTeacher: number;
}

/** Exported for the test of its query plan. */
export const usageQuery = `SELECT
  (SELECT quota_bytes FROM owners WHERE owner = ?1) AS quotaBytes,
  (SELECT quota_releases FROM owners WHERE owner = ?1) AS quotaReleases,
  (SELECT coalesce(sum(bytes), 0) FROM weights WHERE owner = ?1 AND sha256 <> ?3) AS bytes,
  (SELECT count(*) FROM teachers t JOIN releases r ON r.name = t.name WHERE t.owner = ?1) AS releases,
  (SELECT count(*) FROM teachers WHERE owner = ?1) AS teachers,
  EXISTS (SELECT 1 FROM teachers WHERE name = ?2) AS hasTeacher`;

/**
 * Says what is too much, before a write and after one that was not recorded. What decides are the conditions below,
 * within the write's own transaction: of writes at the same time no more pass than there is room for.
 *
 * @throws ProblemError `quota-exceeded`
 */
export async function demandQuota(database: D1Database, owner: string, added: Added): Promise<void> {
  const usage = await database
    .prepare(usageQuery)
    .bind(owner, added.release ?? "", added.weights?.sha256 ?? "")
    .first<Usage>();
  if (usage === null) return;
  const { weights, release } = added;
  const mostBytes = usage.quotaBytes ?? defaultQuota.bytes;
  if (weights !== undefined && usage.bytes + weights.bytes > mostBytes)
    throw exceeded(
      `${owner} has ${usage.bytes} bytes of weights of at most ${mostBytes}, and these have ${weights.bytes}.`,
    );
  if (release === undefined) return;
  if (usage.releases >= (usage.quotaReleases ?? defaultQuota.releases))
    throw exceeded(`${owner} has ${usage.releases} releases, which is all it may have.`);
  if (usage.hasTeacher === 0 && usage.teachers >= defaultQuota.teachers)
    throw exceeded(`${owner} has ${usage.teachers} teachers, which is all it may have.`);
}

/** For a statement that adds weights: the owner has them already, or has room for them. */
export function hasRoomForWeights(owner: string, { sha256, bytes }: NonNullable<Added["weights"]>): SQL {
  return sql`(EXISTS (SELECT 1 FROM weights WHERE sha256 = ${sha256} AND owner = ${owner}) OR
    (SELECT coalesce(sum(bytes), 0) FROM weights WHERE owner = ${owner}) + ${bytes} <=
    coalesce((SELECT quota_bytes FROM owners WHERE owner = ${owner}), ${defaultQuota.bytes}))`;
}

/** For a statement that begins an upload in parts, which counts with all others under way as what it is to become. */
export function hasRoomForUpload(owner: string, { sha256, bytes }: NonNullable<Added["weights"]>): SQL {
  return sql`((SELECT coalesce(sum(bytes), 0) FROM weights WHERE owner = ${owner} AND sha256 <> ${sha256}) +
    (SELECT coalesce(sum(bytes), 0) FROM uploads WHERE owner = ${owner}) + ${bytes} <=
    coalesce((SELECT quota_bytes FROM owners WHERE owner = ${owner}), ${defaultQuota.bytes}))`;
}

/** For a statement that adds a release. */
export function hasRoomForRelease(owner: string): SQL {
  return sql`((SELECT count(*) FROM teachers t JOIN releases r ON r.name = t.name WHERE t.owner = ${owner}) <
    coalesce((SELECT quota_releases FROM owners WHERE owner = ${owner}), ${defaultQuota.releases}))`;
}

/** For a statement that adds a teacher's name. */
export function hasRoomForName(owner: string): SQL {
  return sql`((SELECT count(*) FROM teachers WHERE owner = ${owner}) < ${defaultQuota.teachers})`;
}

function exceeded(problem: string): ProblemError {
  return new ProblemError(
    "quota-exceeded",
    problem,
    "Ask the operator of this API for more, or publish as another owner.",
  );
}
