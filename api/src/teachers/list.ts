import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { teacherList, teacherQuery, type TeacherList, type TeacherQuery } from "@lectern/shared/schema";
import { readGeneration } from "../cache/generation.ts";
import type { Kept } from "../cache/location.ts";
import { aMinute, findKept, keepRead } from "../cache/read-through.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { ageOf, answerKept } from "../http/answer-kept.ts";
import { describeJson } from "../http/describe-json.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { type ListedRow, queryListings } from "./query-listings.ts";
import { showRelease } from "./release-row.ts";

const route = createRoute({
  method: "get",
  path: "/v1/teachers",
  summary: "List and search teachers",
  description:
    "The release that `latest` stands for of each public teacher, by name; with a `q` of three characters and more, the teacher that " +
    "was first published last comes first. May be 60 s stale, but is fresh at once where a write happened.",
  request: { query: teacherQuery },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: teacherList } } },
    304: { description: "The ETag matches" },
    ...problemResponses(400),
  },
});

export function addList(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const kept = await readPage(context, context.req.valid("query"));
    const asked = { method: context.req.raw.method, ifNoneMatch: context.req.header("If-None-Match") };
    return answerKept(kept, asked, ageOf(kept.readAt, context.var.location.now()));
  });
}

async function readPage(context: ApiContext, query: TeacherQuery): Promise<Kept> {
  const { location } = context.var;
  // In one order, so that the same question has one key however it is put.
  const key = new URLSearchParams(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const path = `list/${await readGeneration(location, "lists")}?${key}`;
  const kept = await findKept(location, path, aMinute);
  if (kept !== undefined) return kept;
  const readAt = location.now();
  const read = await describeJson(await listTeachers(context.env.DB, query), readAt);
  await keepRead(location, path, read, aMinute);
  return read;
}

/** One query. */
export async function listTeachers(database: D1Database, query: TeacherQuery): Promise<TeacherList> {
  const { sql, parameters, orderedBy } = queryListings(query);
  const { results } = await database
    .prepare(sql)
    .bind(...parameters)
    .all<ListedRow>();
  const page = results.slice(0, query.limit);
  const last = results.length > query.limit ? page.at(-1) : undefined;
  const nextCursor = last === undefined ? null : orderedBy === "id" ? String(last.listingId) : last.name;
  return { teachers: page.map(showRelease), nextCursor };
}
