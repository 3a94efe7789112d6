import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { teacherName, teacherOverview, type TeacherOverview } from "@lectern/shared/schema";
import { readGeneration } from "../cache/generation.ts";
import type { Kept } from "../cache/location.ts";
import { aMinute, findKept, keepRead } from "../cache/read-through.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { ageOf, answerKept } from "../http/answer-kept.ts";
import { unshared } from "../http/cache-control.ts";
import { describeJson } from "../http/describe-json.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { mayRead } from "./may-read.ts";
import { type ShownRow, shownFields, showRelease } from "./release-row.ts";
import { selectVersion } from "./select-version.ts";
import { unknownTeacher } from "./unknown.ts";

const route = createRoute({
  method: "get",
  path: "/v1/teachers/{name}",
  summary: "Get a teacher's releases, tags and tombstones",
  description: "Highest version first. May be 60 s stale, but is fresh at once where a write happened.",
  request: { params: z.object({ name: teacherName }) },
  responses: {
    200: { description: "The teacher", content: { "application/json": { schema: teacherOverview } } },
    304: { description: "The ETag matches" },
    ...problemResponses(400, 401, 404),
  },
});

export function addPage(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { name } = context.req.valid("param");
    const kept = await readTeacher(context, name);
    const asked = { method: context.req.raw.method, ifNoneMatch: context.req.header("If-None-Match") };
    if (kept.headers["Cache-Control"] === unshared) return answerKept(kept, asked);
    return answerKept(kept, asked, ageOf(kept.readAt, context.var.location.now()));
  });
}

async function readTeacher(context: ApiContext, name: string): Promise<Kept> {
  const { location } = context.var;
  const path = `page/${name}/${await readGeneration(location, `teacher/${name}`)}`;
  const kept = await findKept(location, path, aMinute);
  if (kept !== undefined) return kept;
  const readAt = location.now();
  const found = await queryTeacher(context.env.DB, name);
  const isReadable = await mayRead(context, found && { ...found.overview, visibility: found.visibility });
  if (found === undefined || !isReadable) throw await unknownTeacher(context.env.DB, name);
  const isPublic = found.visibility === "public";
  const read = await describeJson(found.overview, readAt, { isPublic });
  if (isPublic) await keepRead(location, path, read, aMinute);
  return read;
}

type DatedRow = ShownRow & {
  yankedAt: string | null;
  yankedReason: string | null;
  deprecated: string | null;
};

interface TeacherRow {
  owner: string;
  visibility: "public" | "private";
  tags: string;
  removed: string;
}

/** Exported for the test of their query plans. */
export const teacherQueries = [
  `SELECT t.owner, t.visibility,
    (SELECT json_group_object(d.tag, d.version) FROM dist_tags d WHERE d.name = t.name) AS tags,
    (SELECT json_group_array(json_object('version', s.version, 'at', s.removed_at, 'reason', coalesce(s.removed_reason, '')))
      FROM release_states s WHERE s.name = t.name AND s.removed_at IS NOT NULL) AS removed
  FROM teachers t WHERE t.name = ?`,
  `SELECT ${shownFields}, s.yanked_at AS yankedAt, s.yanked_reason AS yankedReason, s.deprecated
  FROM releases r LEFT JOIN release_states s ON s.name = r.name AND s.version = r.version
  WHERE r.name = ? AND s.removed_at IS NULL ORDER BY r.precedence DESC`,
] as const;

/** Two queries in one batch. */
async function queryTeacher(
  database: D1Database,
  name: string,
): Promise<{ visibility: "public" | "private"; overview: TeacherOverview } | undefined> {
  const [teachers, releases] = await database.batch(
    teacherQueries.map((query) => database.prepare(query).bind(name)),
  );
  const teacher = (teachers?.results as TeacherRow[] | undefined)?.[0];
  if (teacher === undefined) return undefined;
  const shown = ((releases?.results ?? []) as DatedRow[]).map((row) =>
    Object.assign(showRelease(row), {
      yanked: row.yankedAt === null ? null : { at: row.yankedAt, reason: row.yankedReason ?? "" },
      deprecated: row.deprecated,
    }),
  );
  const tags = JSON.parse(teacher.tags) as Record<string, string>;
  const versions = shown.map(({ version, yanked }) => ({ version, yanked: yanked !== null }));
  return {
    visibility: teacher.visibility,
    overview: {
      name,
      owner: teacher.owner,
      latest: selectVersion({ kind: "latest" }, { versions, tags }) ?? null,
      tags,
      releases: shown,
      removed: JSON.parse(teacher.removed) as TeacherOverview["removed"],
    },
  };
}
