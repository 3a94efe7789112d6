import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { sha256 } from "@lectern/shared/schema";
import type { ApiContext, Environment } from "../environment.ts";
import { answerKept } from "../http/answer-kept.ts";
import { parseByteRange } from "../http/byte-range.ts";
import { matchesTag } from "../http/conditional.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { type FoundWeights, readWeightsFile } from "./read-file.ts";

const binary = { "application/octet-stream": { schema: { type: "string" as const, format: "binary" } } };
const route = createRoute({
  method: "get",
  path: "/v1/weights/{sha256}",
  summary: "Download weights",
  description:
    "Immutable. `If-None-Match`, `Range` (one range; several, or another unit, give the whole file) and `If-Range` are honoured; " +
    "HEAD works. Those of private teachers need a token that may read one of them.",
  request: { params: z.object({ sha256 }) },
  responses: {
    200: { description: "The safetensors file", content: binary },
    206: { description: "The range asked for", content: binary },
    304: { description: "The ETag matches" },
    ...problemResponses(400, 401, 404, 416),
  },
});

export function addWeightsDownload(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { sha256 } = context.req.valid("param");
    const found = await readWeightsFile(context, sha256);
    const asked = { method: context.req.raw.method, ifNoneMatch: context.req.header("If-None-Match") };
    const { headers, size } = found;
    const isWhole = asked.method === "HEAD" || matchesTag(asked.ifNoneMatch, headers.ETag!);
    const range = isWhole ? undefined : chooseRange(context, size, headers.ETag!);
    if (range !== undefined) {
      const length = range.last - range.first + 1;
      const part = {
        ...headers,
        "Content-Range": `bytes ${range.first}-${range.last}/${size}`,
        "Content-Length": String(length),
      };
      return new Response(await found.slice(range.first, length), { status: 206, headers: part });
    }
    if (found.kept !== undefined) return answerKept(found.kept, asked);
    return answerStream(found, asked.method, isWhole);
  });
}

/** Of a file too long to be held. */
async function answerStream(
  { headers, size, slice }: FoundWeights,
  method: string,
  isWhole: boolean,
): Promise<Response> {
  const length = { "Content-Length": String(size) };
  if (method === "HEAD" && isWhole) return new Response(null, { headers: { ...headers, ...length } });
  if (isWhole) {
    const { "Content-Type": _, "Accept-Ranges": __, ...rest } = headers;
    return new Response(null, { status: 304, headers: rest });
  }
  return new Response(await slice(0, size), { headers: { ...headers, ...length } });
}

function chooseRange(context: ApiContext, size: number, tag: string) {
  const ifRange = context.req.header("If-Range");
  if (ifRange !== undefined && ifRange !== tag) return undefined;
  const range = parseByteRange(context.req.header("Range"), size);
  if (range !== "unsatisfiable") return range;
  throw new ProblemError(
    "range-not-satisfiable",
    `The range starts beyond the weights' ${size} bytes.`,
    "Ask for bytes within them, or for the whole file.",
    { "Content-Range": `bytes */${size}` },
  );
}
