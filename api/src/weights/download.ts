import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { sha256 } from "@lectern/shared/schema";
import type { ApiContext, Environment } from "../environment.ts";
import { parseByteRange } from "../http/byte-range.ts";
import { immutable } from "../http/cache-control.ts";
import { matchesTag } from "../http/conditional.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { weightsKey } from "./store.ts";

const binary = { "application/octet-stream": { schema: { type: "string" as const, format: "binary" } } };
const route = createRoute({
  method: "get",
  path: "/v1/weights/{sha256}",
  summary: "Download weights",
  description: "Immutable. `If-None-Match`, `Range` (one range) and `If-Range` are honoured; HEAD works.",
  request: { params: z.object({ sha256 }) },
  responses: {
    200: { description: "The safetensors file", content: binary },
    206: { description: "The range asked for", content: binary },
    304: { description: "The ETag matches" },
    ...problemResponses(400, 404, 416),
  },
});

export function addWeightsDownload(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { sha256 } = context.req.valid("param");
    const tag = `"${sha256}"`;
    const headers = {
      ETag: tag,
      "Cache-Control": immutable,
      "Content-Type": "application/octet-stream",
      "Accept-Ranges": "bytes",
    };
    const isHead = context.req.raw.method === "HEAD";
    const isKnown = matchesTag(context.req.header("If-None-Match"), tag);
    const wantsRange = context.req.header("Range") !== undefined;
    // A body costs more than a look: HEAD, 304 and the size that a range needs do with the latter.
    if (isHead || isKnown || wantsRange) {
      const found = (await context.env.WEIGHTS.head(weightsKey(sha256))) ?? missing(sha256);
      if (isKnown)
        return new Response(null, { status: 304, headers: { ETag: tag, "Cache-Control": immutable } });
      if (isHead)
        return new Response(null, { headers: { ...headers, "Content-Length": String(found.size) } });
      const part = await readRange(context, found.size, tag);
      if (part) return new Response(part.body, { status: 206, headers: { ...headers, ...part.headers } });
    }
    const object = (await context.env.WEIGHTS.get(weightsKey(sha256))) ?? missing(sha256);
    return new Response(object.body, { headers: { ...headers, "Content-Length": String(object.size) } });
  });
}

async function readRange(context: ApiContext, size: number, tag: string) {
  const ifRange = context.req.header("If-Range");
  if (ifRange !== undefined && ifRange !== tag) return undefined;
  const range = parseByteRange(context.req.header("Range"), size);
  if (range === undefined) return undefined;
  const sha256 = tag.slice(1, -1);
  if (range === "unsatisfiable") {
    throw new ProblemError(
      "range-not-satisfiable",
      `The range starts beyond the weights' ${size} bytes.`,
      "Ask for bytes within them, or for the whole file.",
      { "Content-Range": `bytes */${size}` },
    );
  }
  const length = range.last - range.first + 1;
  const object =
    (await context.env.WEIGHTS.get(weightsKey(sha256), { range: { offset: range.first, length } })) ??
    missing(sha256);
  return {
    body: object.body,
    headers: {
      "Content-Range": `bytes ${range.first}-${range.last}/${size}`,
      "Content-Length": String(length),
    },
  };
}

function missing(sha256: string): never {
  throw new ProblemError(
    "unknown-weights",
    `There are no weights with the SHA-256 ${sha256}.`,
    "Take the digest from a release's manifest (weights.sha256).",
  );
}
