import { leaving } from "./uploaders.ts";

/**
 * Takes weights that no release has, and that nobody has uploaded since `before`, from their uploaders, and marks them
 * as leaving. While the mark stands, nobody can upload or publish them; whoever claimed them deletes them from the
 * bucket and then calls {@link forgetWeights}. A claim that broke off is claimed again by the next call; one that is
 * younger may be somebody's at work, who would delete what was uploaded again after another had finished.
 *
 * @param before RFC 3339; older than any publication takes
 * @returns digests
 */
export async function claimOrphans(database: D1Database, before: string, limit = 100): Promise<string[]> {
  const [, , marked] = await database.batch<{ sha256: string }>([
    database
      .prepare(
        `INSERT OR IGNORE INTO weights (sha256, owner, bytes, created_at)
         SELECT w.sha256, '${leaving}', 0, max(w.created_at) FROM weights w
         WHERE NOT EXISTS (SELECT 1 FROM releases r WHERE r.weights_sha256 = w.sha256) AND w.created_at < ?1
         AND NOT EXISTS (SELECT 1 FROM weights n WHERE n.sha256 = w.sha256 AND n.created_at >= ?1)
         GROUP BY w.sha256 LIMIT ?2`,
      )
      .bind(before, limit),
    database.prepare(
      `DELETE FROM weights WHERE owner <> '${leaving}' AND sha256 IN (SELECT sha256 FROM weights WHERE owner = '${leaving}')`,
    ),
    database
      .prepare(`SELECT sha256 FROM weights WHERE owner = '${leaving}' AND created_at < ? LIMIT ?`)
      .bind(before, limit),
  ]);
  return marked!.results.map(({ sha256 }) => sha256);
}

/** For what lies in the bucket without a row of anybody's: marks it as leaving. False where somebody has it after all. */
export async function claimStray(database: D1Database, sha256: string): Promise<boolean> {
  const { meta } = await database
    .prepare(
      `INSERT INTO weights (sha256, owner, bytes, created_at) SELECT ?1, '${leaving}', 0, ?2
       WHERE NOT EXISTS (SELECT 1 FROM weights WHERE sha256 = ?1)
       AND NOT EXISTS (SELECT 1 FROM releases WHERE weights_sha256 = ?1)`,
    )
    .bind(sha256, new Date().toISOString())
    .run();
  return meta.changes > 0;
}

/** After they are gone from the bucket: lifts the mark. */
export async function forgetWeights(database: D1Database, sha256: string): Promise<void> {
  await database.prepare(`DELETE FROM weights WHERE sha256 = ? AND owner = '${leaving}'`).bind(sha256).run();
}
