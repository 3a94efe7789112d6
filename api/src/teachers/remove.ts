import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { releaseState, removalRequest, semanticVersion, teacherName } from "@lectern/shared/schema";
import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { traceWrite } from "../audit/actions.ts";
import { drop } from "../cache/location.ts";
import { purgeWeights } from "../cache/purge.ts";
import { distTags, releases, releaseStates } from "../database/schema.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { smallJson } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandOperator } from "../tokens/scopes.ts";
import { forgetWeights } from "../weights/orphans.ts";
import { weightsKey } from "../weights/store.ts";
import { leaving } from "../weights/uploaders.ts";
import { demandOwned, demandOwnedVersion } from "./owned.ts";
import { pathOfRelease } from "./read-release.ts";
import { showState } from "./release-state.ts";

const route = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/versions/{version}/removal",
  summary: "Remove a version for good (operators only)",
  description:
    "For legal demands. Manifest and weights (unless another release has them) are deleted; a tombstone with the reason stays, " +
    "and answers 410. Nothing can be published at this version again. Idempotent: the first reason stays.",
  security: [{ token: [] }],
  middleware: [requireScope("admin"), ...smallJson] as const,
  request: {
    params: z.object({ name: teacherName, version: semanticVersion }),
    body: { required: true, content: { "application/json": { schema: removalRequest } } },
  },
  responses: {
    200: { description: "Removed", content: { "application/json": { schema: releaseState } } },
    ...problemResponses(400, 401, 403, 404, 410, 413, 415, 422),
  },
});

export function addRemove(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const address = context.req.valid("param");
    const { reason } = context.req.valid("json");
    demandOperator(context.var.caller);
    const { name, version } = address;
    await demandOwned(context, name);
    const tombstone = await readTombstone(context, address);
    if (typeof tombstone?.removedAt === "string") {
      // An earlier attempt may have broken off before the bytes were gone.
      await deleteMarked(context, address, tombstone.removedAt);
      return context.json(showState(address, tombstone), 200);
    }
    const { teacher, state, weightsSha256 } = await demandOwnedVersion(context, name, version);
    const removed = { removedAt: new Date().toISOString(), removedReason: reason };
    await removeRelease(context, address, { removed, owner: teacher.owner, weightsSha256 });
    return context.json(
      showState(address, {
        yankedAt: null,
        yankedReason: null,
        deprecated: null,
        ...address,
        ...state,
        ...removed,
      }),
      200,
    );
  });
}

interface Removal {
  removed: { removedAt: string; removedReason: string };
  owner: string;
  weightsSha256: string;
}

/**
 * The tombstone and the deletion are one transaction; the bytes follow. What breaks off there is finished by a repetition,
 * or a day later by a sweep; nobody can ask for the bytes meanwhile.
 */
async function removeRelease(
  context: ApiContext,
  { name, version }: { name: string; version: string },
  { removed, owner, weightsSha256 }: Removal,
): Promise<void> {
  const { DB } = context.env;
  const db = drizzle(DB);
  const isUnused = "NOT EXISTS (SELECT 1 FROM releases WHERE weights_sha256 = ?1)";
  await DB.batch([
    ...[
      db
        .insert(releaseStates)
        .values({ name, version, ...removed })
        .onConflictDoUpdate({ target: [releaseStates.name, releaseStates.version], set: removed }),
      db.delete(distTags).where(and(eq(distTags.name, name), eq(distTags.version, version))),
      db.delete(releases).where(and(eq(releases.name, name), eq(releases.version, version))),
      traceWrite(context, {
        action: "release.remove",
        subject: `${name}@${version}`,
        concerns: owner,
        detail: removed.removedReason,
      }),
    ].map((query) => prepare(DB, query.toSQL())),
    // As orphans.ts marks what it claims, with the tombstone's time, by which a repetition finds it; whoever else had
    // uploaded the bytes loses them, too.
    DB.prepare(
      `INSERT INTO weights (sha256, owner, bytes, created_at) SELECT ?1, '${leaving}', 0, ?2 WHERE ${isUnused}
       ON CONFLICT (sha256, owner) DO UPDATE SET created_at = excluded.created_at`,
    ).bind(weightsSha256, removed.removedAt),
    DB.prepare(`DELETE FROM weights WHERE sha256 = ?1 AND owner <> '${leaving}' AND ${isUnused}`).bind(
      weightsSha256,
    ),
  ]);
  await deleteMarked(context, { name, version }, removed.removedAt);
}

/** Deletes what the removal at this time has marked, and what was kept of it here. May be repeated. */
async function deleteMarked(
  context: ApiContext,
  { name, version }: { name: string; version: string },
  removedAt: string,
): Promise<void> {
  const { DB, WEIGHTS } = context.env;
  const { location } = context.var;
  await drop(location, pathOfRelease(name, version));
  const { results } = await DB.prepare(
    `SELECT sha256 FROM weights WHERE owner = '${leaving}' AND created_at = ?`,
  )
    .bind(removedAt)
    .all<{ sha256: string }>();
  for (const { sha256 } of results) {
    await WEIGHTS.delete(weightsKey(sha256));
    await purgeWeights(location, sha256);
    await forgetWeights(DB, sha256);
  }
}

function readTombstone(context: ApiContext, { name, version }: { name: string; version: string }) {
  return drizzle(context.env.DB)
    .select()
    .from(releaseStates)
    .where(and(eq(releaseStates.name, name), eq(releaseStates.version, version)))
    .get();
}

function prepare(database: D1Database, { sql, params }: { sql: string; params: unknown[] }) {
  return database.prepare(sql).bind(...params);
}
