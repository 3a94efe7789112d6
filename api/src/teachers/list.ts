import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { teacherList, teacherName, teacherPage } from "@lectern/shared/schema";
import { and, desc, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { releases, teachers } from "../database/schema.ts";
import type { Environment } from "../environment.ts";
import { minute } from "../http/cache-control.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { showRelease, shownColumns } from "./release-row.ts";
import { unknownTeacher } from "./unknown.ts";

const listRoute = createRoute({
  method: "get",
  path: "/v1/teachers",
  summary: "List teachers",
  description: "The newest release of each teacher, by name. `q` is looked for in names and descriptions.",
  request: {
    query: z.object({
      cursor: teacherName.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
      q: z.string().max(64).optional(),
    }),
  },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: teacherList } } },
    ...problemResponses(400),
  },
});

const pageRoute = createRoute({
  method: "get",
  path: "/v1/teachers/{name}",
  summary: "Get a teacher's releases",
  description: "Highest version first.",
  request: { params: z.object({ name: teacherName }) },
  responses: {
    200: { description: "The releases", content: { "application/json": { schema: teacherPage } } },
    ...problemResponses(400, 404),
  },
});

export function addLists(app: OpenAPIHono<Environment>): void {
  app.openapi(listRoute, async (context) => {
    const { cursor, limit, q } = context.req.valid("query");
    const rows = await readNewest(context.env.DB, { cursor, limit: limit + 1, q });
    const page = rows.slice(0, limit).map(showRelease);
    const nextCursor = rows.length > limit ? (page.at(-1)?.name ?? null) : null;
    return context.json({ teachers: page, nextCursor }, 200, { "Cache-Control": minute });
  });

  app.openapi(pageRoute, async (context) => {
    const { name } = context.req.valid("param");
    const rows = await drizzle(context.env.DB)
      .select(shownColumns)
      .from(releases)
      .where(eq(releases.name, name))
      .orderBy(desc(releases.precedence));
    if (rows.length === 0) throw await unknownTeacher(context.env.DB, name);
    return context.json({ name, releases: rows.map(showRelease) }, 200, { "Cache-Control": minute });
  });
}

interface ListOptions {
  cursor: string | undefined;
  limit: number;
  q: string | undefined;
}

function readNewest(database: D1Database, { cursor, limit, q }: ListOptions) {
  // The same choice as selectVersion makes for `latest`; the index releases_newest answers it.
  const newest = sql`(SELECT r.version FROM releases r WHERE r.name = ${teachers.name}
    ORDER BY r.stable DESC, r.precedence DESC LIMIT 1)`;
  return (
    drizzle(database)
      .select(shownColumns)
      .from(teachers)
      .innerJoin(releases, and(eq(releases.name, teachers.name), eq(releases.version, newest)))
      // instr, not LIKE: D1 takes LIKE patterns of 50 bytes at most, and nothing needs escaping.
      .where(
        and(
          cursor === undefined ? undefined : gt(teachers.name, cursor),
          q === undefined ? undefined : sql`instr(${releases.searchText}, ${q.toLowerCase()}) > 0`,
        ),
      )
      .orderBy(teachers.name)
      .limit(limit)
  );
}
