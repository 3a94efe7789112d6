import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { signedManifest, teacherName } from "@lectern/shared/schema";
import type { ApiContext, Environment } from "../environment.ts";
import { ageOf, answerKept } from "../http/answer-kept.ts";
import { minute, unshared } from "../http/cache-control.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { demandReadable, readRelease } from "./read-release.ts";
import { readResolutionIndex } from "./resolution-index.ts";
import { parseSpec, selectVersion } from "./select-version.ts";
import { unknownVersion } from "./unknown.ts";

const route = createRoute({
  method: "get",
  path: "/v1/teachers/{name}/versions/{version}",
  summary: "Get a version's signed manifest",
  description:
    "`version` is an exact version (immutable), a semver range such as `^1.2.0`, a tag, or `latest`; these may be 60 s stale, but are " +
    "fresh at once where a write happened. A yanked version answers to its exact version only. `Content-Location` names the version found.",
  request: { params: z.object({ name: teacherName, version: z.string().min(1).max(256) }) },
  responses: {
    200: {
      description: "The manifest's exact text with its signature",
      content: { "application/json": { schema: signedManifest } },
    },
    304: { description: "The ETag matches" },
    ...problemResponses(400, 401, 404, 410),
  },
});

export function addGetVersion(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { name, version: spec } = context.req.valid("param");
    const asked = { method: context.req.raw.method, ifNoneMatch: context.req.header("If-None-Match") };
    const { version, age } = await resolve(context, name, spec);
    const kept = await readRelease(context, name, version);
    if (age === undefined || kept.headers["Cache-Control"] === unshared) return answerKept(kept, asked);
    return answerKept(kept, asked, { "Cache-Control": minute, ...age });
  });
}

/**
 * The exact version that a spec stands for now: at most one query.
 *
 * @returns with the age of this knowledge, where it isn't for ever
 * @throws ProblemError `invalid-request`, `unknown-teacher` or `unknown-version`
 */
export async function resolve(
  context: ApiContext,
  name: string,
  spec: string,
): Promise<{ version: string; age: Record<string, string> | undefined }> {
  const parsed = parseSpec(spec);
  if (parsed.kind === "invalid") throw invalidSpec(spec);
  if (parsed.kind === "exact") return { version: parsed.version, age: undefined };
  const { location } = context.var;
  const { index, readAt } = await readResolutionIndex(location, context.env.DB, name);
  const readable = await demandReadable(context, name, index);
  const version = selectVersion(parsed, readable);
  if (version === undefined) throw unknownVersion(name, spec, readable.versions);
  return { version, age: ageOf(readAt, location.now()) };
}

function invalidSpec(spec: string): ProblemError {
  return new ProblemError(
    "invalid-request",
    `${JSON.stringify(spec.slice(0, 128))} is neither a version, nor a semver range of at most 128 characters, nor a tag.`,
    "Ask for 1.2.0, for ^1.2.0 or for latest, for example.",
  );
}
