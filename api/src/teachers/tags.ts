import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { semanticVersion, tagList, tagName, tagRequest, teacherName } from "@lectern/shared/schema";
import { and, eq, exists, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describeWrite } from "../audit/actions.ts";
import { audit, distTags, releases } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { minute, unshared } from "../http/cache-control.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandOwned, demandOwnedVersion } from "./owned.ts";
import { demandReadable } from "./read-release.ts";
import { readResolutionIndex } from "./resolution-index.ts";

const params = z.object({ name: teacherName, tag: tagName });
const ok = { description: "The teacher's tags", content: { "application/json": { schema: tagList } } };

const listRoute = createRoute({
  method: "get",
  path: "/v1/teachers/{name}/tags",
  summary: "Get a teacher's tags",
  description: "`latest` is among them only if its owner set it.",
  request: { params: z.object({ name: teacherName }) },
  responses: { 200: ok, ...problemResponses(400, 401, 404) },
});
const putRoute = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/tags/{tag}",
  summary: "Let a tag name a version",
  security: [{ token: [] }],
  middleware: [requireScope("publish"), ...smallJson] as const,
  request: { params, body: { required: true, content: { "application/json": { schema: tagRequest } } } },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404, 410, 413, 415, 422) },
});
const deleteRoute = createRoute({
  method: "delete",
  path: "/v1/teachers/{name}/tags/{tag}",
  summary: "Delete a tag",
  description: "Idempotent: where there is none, the answer is the same. The version stays.",
  security: [{ token: [] }],
  middleware: [requireScope("publish")] as const,
  request: { params },
  responses: { 200: ok, ...problemResponses(400, 401, 403, 404) },
});

export function addTags(app: OpenAPIHono<Environment>): void {
  app.openapi(listRoute, async (context) => {
    const { name } = context.req.valid("param");
    const { index } = await readResolutionIndex(context.var.location, context.env.DB, name);
    const { tags, visibility } = await demandReadable(context, name, index);
    const cached = { "Cache-Control": visibility === "private" ? unshared : minute };
    return context.json({ name, tags: { ...tags } }, 200, cached);
  });

  app.openapi(putRoute, async (context) => {
    const { name, tag } = context.req.valid("param");
    const { version } = context.req.valid("json");
    const { teacher } = await demandOwnedVersion(context, name, version);
    const db = drizzle(context.env.DB);
    const row = { name, tag, version, updatedAt: new Date().toISOString() };
    // Once more in the transaction: the version may be removed meanwhile.
    const stands = exists(
      db
        .select({ one: sql`1` })
        .from(releases)
        .where(and(eq(releases.name, name), eq(releases.version, version))),
    );
    const trace = describeWrite(context, {
      action: "tag.set",
      subject: `${name}@${version}`,
      concerns: teacher.owner,
      detail: tag,
    });
    await db.batch([
      db
        .insert(distTags)
        .select(valuesWhere(distTags, row, stands))
        .onConflictDoUpdate({
          target: [distTags.name, distTags.tag],
          set: { version, updatedAt: row.updatedAt },
        }),
      db.insert(audit).select(valuesWhere(audit, trace, stands)),
    ]);
    return context.json(await readTags(context, name), 200);
  });

  app.openapi(deleteRoute, async (context) => {
    const { name, tag } = context.req.valid("param");
    const teacher = await demandOwned(context, name);
    const { tags } = await readTags(context, name);
    const version = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
    if (version === undefined) return context.json({ name, tags }, 200);
    const db = drizzle(context.env.DB);
    const isTag = and(eq(distTags.name, name), eq(distTags.tag, tag));
    const trace = describeWrite(context, {
      action: "tag.delete",
      subject: `${name}@${version}`,
      concerns: teacher.owner,
      detail: tag,
    });
    const stands = exists(
      db
        .select({ one: sql`1` })
        .from(distTags)
        .where(isTag),
    );
    await db.batch([
      db.insert(audit).select(valuesWhere(audit, trace, stands)),
      db.delete(distTags).where(isTag),
    ]);
    return context.json(await readTags(context, name), 200);
  });
}

async function readTags(context: ApiContext, name: string): Promise<z.infer<typeof tagList>> {
  const rows = await drizzle(context.env.DB)
    .select()
    .from(distTags)
    .where(eq(distTags.name, name))
    .orderBy(distTags.tag);
  const tags = Object.fromEntries(rows.map(({ tag, version }) => [tag, semanticVersion.parse(version)]));
  return { name, tags };
}
