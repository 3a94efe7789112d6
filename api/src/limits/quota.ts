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
 * Looked at before a write, not within its transaction: of writes at the same time each may pass, so that an owner can
 * exceed a quota by what is under way at once.
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

function exceeded(problem: string): ProblemError {
  return new ProblemError(
    "quota-exceeded",
    problem,
    "Ask the operator of this API for more, or publish as another owner.",
  );
}
