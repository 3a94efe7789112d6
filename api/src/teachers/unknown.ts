import { ProblemError } from "../problems/problem-error.ts";

const shown = 10;

/** A 404 that lists the teachers that there are for everybody: one query. */
export async function unknownTeacher(database: D1Database, name: string): Promise<ProblemError> {
  const { results } = await database
    .prepare(
      "SELECT name, (SELECT count(*) FROM listings WHERE visibility = 'public') AS total FROM listings WHERE visibility = 'public' ORDER BY name LIMIT ?",
    )
    .bind(shown)
    .all<{ name: string; total: number }>();
  const total = results[0]?.total ?? 0;
  const there =
    total === 0
      ? "none is published yet"
      : `there are: ${enumerate(
          results.map(({ name }) => name),
          total,
        )}`;
  return new ProblemError(
    "unknown-teacher",
    `There is no teacher named ${name}; ${there}.`,
    "See GET /v1/teachers.",
  );
}

/** A 404 that lists the versions that there are, highest first. */
export function unknownVersion(
  name: string,
  spec: string,
  versions: readonly { version: string; yanked: boolean }[],
): ProblemError {
  const offered = versions.filter(({ yanked }) => !yanked).map(({ version }) => version);
  const there =
    offered.length === 0
      ? "every one is yanked or removed"
      : `there are: ${enumerate(offered.slice(0, shown), offered.length)}`;
  return new ProblemError(
    "unknown-version",
    `No version of ${name} satisfies ${spec}; ${there}.`,
    offered.length === 0
      ? "Ask its owner, or take another teacher."
      : `Ask for one of these, for a range such as ^${offered[0]}, or for latest.`,
  );
}

function enumerate(some: readonly string[], total: number): string {
  return some.join(", ") + (total > some.length ? ` and ${total - some.length} more` : "");
}
