import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { signedManifest, type SignedManifest, teacherName } from "@lectern/shared/schema";
import { and, desc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { releases } from "../database/schema.ts";
import type { Environment } from "../environment.ts";
import { immutable, minute } from "../http/cache-control.ts";
import { matchesTag } from "../http/conditional.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { parseSpec, selectVersion, type VersionSpec } from "./select-version.ts";
import { unknownTeacher, unknownVersion } from "./unknown.ts";

const route = createRoute({
  method: "get",
  path: "/v1/teachers/{name}/versions/{version}",
  summary: "Get a version's signed manifest",
  description:
    "`version` is an exact version (immutable), a semver range such as `^1.2.0`, or `latest` (the highest that is no prerelease, " +
    "else the highest); the last two may be 60 s stale. `Content-Location` names the version found.",
  request: { params: z.object({ name: teacherName, version: z.string().min(1).max(256) }) },
  responses: {
    200: {
      description: "The manifest's exact text with its signature",
      content: { "application/json": { schema: signedManifest } },
    },
    304: { description: "The ETag matches" },
    ...problemResponses(400, 404),
  },
});

const envelopeColumns = {
  version: releases.version,
  sha256: releases.manifestSha256,
  manifest: releases.manifest,
  signature: releases.signature,
  publicKey: releases.publicKey,
} as const;

export function addGetVersion(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { name, version: spec } = context.req.valid("param");
    const parsed = parseSpec(spec);
    if (parsed.kind === "invalid") throw invalidSpec(spec);
    const found = await findRelease(context.env.DB, name, parsed);
    if (found === undefined) throw await explainMissing(context.env.DB, name, spec);

    const tag = `"${found.sha256}"`;
    const headers = {
      ETag: tag,
      "Cache-Control": parsed.kind === "exact" ? immutable : minute,
      "Content-Location": `/v1/teachers/${name}/versions/${found.version}`,
    };
    if (matchesTag(context.req.header("If-None-Match"), tag)) return context.body(null, 304, headers);
    const { manifest, signature, publicKey } = found;
    return context.json({ manifest, signature, publicKey } satisfies SignedManifest, 200, headers);
  });
}

/** An exact version takes one query; for the others the versions are looked at first. */
async function findRelease(database: D1Database, name: string, spec: VersionSpec) {
  const version =
    spec.kind === "exact" ? spec.version : selectVersion(spec, await readVersions(database, name));
  if (version === undefined) return undefined;
  return drizzle(database)
    .select(envelopeColumns)
    .from(releases)
    .where(and(eq(releases.name, name), eq(releases.version, version)))
    .get();
}

/** Highest first. */
async function readVersions(database: D1Database, name: string): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ version: releases.version })
    .from(releases)
    .where(eq(releases.name, name))
    .orderBy(desc(releases.precedence));
  return rows.map(({ version }) => version);
}

async function explainMissing(database: D1Database, name: string, spec: string): Promise<ProblemError> {
  const versions = await readVersions(database, name);
  return versions.length === 0 ? unknownTeacher(database, name) : unknownVersion(name, spec, versions);
}

function invalidSpec(spec: string): ProblemError {
  return new ProblemError(
    "invalid-request",
    `${JSON.stringify(spec.slice(0, 128))} is neither a version, nor a semver range of at most 128 characters, nor latest.`,
    "Ask for 1.2.0, for ^1.2.0 or for latest, for example.",
  );
}
