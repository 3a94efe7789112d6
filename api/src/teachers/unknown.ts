import { count } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { teachers } from "../database/schema.ts";
import { ProblemError } from "../problems/problem-error.ts";

const shown = 10;

/** A 404 that lists the teachers that there are. */
export async function unknownTeacher(database: D1Database, name: string): Promise<ProblemError> {
  const db = drizzle(database);
  const [names, totals] = await db.batch([
    db.select({ name: teachers.name }).from(teachers).orderBy(teachers.name).limit(shown),
    db.select({ total: count() }).from(teachers),
  ]);
  const total = totals[0]?.total ?? 0;
  const there =
    total === 0
      ? "none is published yet"
      : `there are: ${enumerate(
          names.map(({ name }) => name),
          total,
        )}`;
  return new ProblemError(
    "unknown-teacher",
    `There is no teacher named ${name}; ${there}.`,
    "See GET /v1/teachers.",
  );
}

/** A 404 that lists the versions that there are. */
export function unknownVersion(name: string, spec: string, versions: readonly string[]): ProblemError {
  return new ProblemError(
    "unknown-version",
    `No version of ${name} satisfies ${spec}; there are: ${enumerate(versions.slice(0, shown), versions.length)}.`,
    `Ask for one of these, for a range such as ^${versions[0]}, or for latest.`,
  );
}

function enumerate(some: readonly string[], total: number): string {
  return some.join(", ") + (total > some.length ? ` and ${total - some.length} more` : "");
}
