import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { emission, emissionRequest, type SignedManifest, teacherName } from "@lectern/shared/schema";
import { isLecternError } from "@lectern/shared/errors";
import type { ApiContext, Environment } from "../environment.ts";
import { unshared } from "../http/cache-control.ts";
import { limitBody, requireMediaType } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { resolve } from "../teachers/get-version.ts";
import { readRelease } from "../teachers/read-release.ts";
import { readWeightsFile } from "../weights/read-file.ts";
import { answerEmission } from "./answer.ts";
import { type Emitter, openEmitter } from "./emitter.ts";

export const maxEmissionBytes = 1024 * 1024;

const route = createRoute({
  method: "post",
  path: "/v1/teachers/{name}/versions/{version}/emit",
  summary: "Emit φ for one student state, or for up to 64",
  description:
    "For clients that have no code of ours: which loss to minimise next. `version` is exact (fastest), a range, a tag or `latest`. " +
    "Computed in float64 from the weights' float32; with `dtype: float32` the results are rounded to the nearest float32.",
  middleware: [
    requireMediaType("application/json"),
    limitBody(maxEmissionBytes, "a batch of states"),
  ] as const,
  request: {
    params: z.object({ name: teacherName, version: z.string().min(1).max(256) }),
    body: { required: true, content: { "application/json": { schema: emissionRequest } } },
  },
  responses: {
    200: { description: "φ for each state", content: { "application/json": { schema: emission } } },
    ...problemResponses(400, 401, 404, 410, 413, 415, 422),
  },
});

export const emissionHeaders = { "Content-Type": "application/json", "Cache-Control": "no-store" } as const;

export function addEmit(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { name, version: spec } = context.req.valid("param");
    const request = context.req.valid("json");
    const { version } = await resolve(context, name, spec);
    const emitter = await findEmitter(context, name, version);
    const states = "state" in request ? [request.state] : request.states;
    return context.json(answerEmission(emitter, states, request.dtype), 200, emissionHeaders);
  });
}

/** Long enough that a busy teacher is parsed once; what is removed is gone after this, too. */
const parsedMs = 60_000;

/** A public teacher's emitter stays in this isolate's memory; a private one's is made anew, after its token was checked. */
async function findEmitter(context: ApiContext, name: string, version: string): Promise<Emitter> {
  const { location } = context.var;
  const release = await readRelease(context, name, version);
  const isPublic = release.headers["Cache-Control"] !== unshared;
  const key = release.headers.ETag!;
  const known = isPublic ? location.emitters.get(key, location.now()) : undefined;
  if (known !== undefined) return known;
  const { manifest } = JSON.parse(new TextDecoder().decode(release.body)) as SignedManifest;
  const { weights } = JSON.parse(manifest) as { weights: { sha256: string } };
  const { kept } = await readWeightsFile(context, weights.sha256);
  if (kept === undefined) {
    throw new ProblemError(
      "invalid-weights",
      `The weights of ${name}@${version} are too long for emission at the edge.`,
      "Emit on the device: pull the teacher's weights.",
    );
  }
  const emitter = open(manifest, new Uint8Array(kept.body));
  if (isPublic) location.emitters.set(key, emitter, emitter.bytes, location.now() + parsedMs);
  return emitter;
}

function open(manifest: string, weights: Uint8Array): Emitter {
  try {
    return openEmitter(manifest, weights);
  } catch (error) {
    if (!isLecternError(error)) throw error;
    throw new ProblemError(
      "invalid-weights",
      error.message.slice(0, -error.remedy.length).trim(),
      error.remedy,
    );
  }
}
