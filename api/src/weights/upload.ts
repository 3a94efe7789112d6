import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { sha256Hex } from "@lectern/shared/artifact";
import { sha256, weightsReceipt } from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { limitBody, requireMediaType } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { describeTensors } from "../teachers/fit-weights.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { storeWeights, weightsKey } from "./store.ts";
import { recordUploader } from "./uploaders.ts";

/** The body is held in memory: far below a Worker's 128 MB. Longer ones come in parts (parts.ts). */
const maxBodyBytes = 32 * 1024 * 1024;

const json = { "application/json": { schema: weightsReceipt } };
const route = createRoute({
  method: "put",
  path: "/v1/weights/{sha256}",
  summary: "Upload weights",
  description: "Idempotent: the address is the content's SHA-256. Above 32 MiB use an upload in parts.",
  security: [{ token: [] }],
  middleware: [
    requireScope("publish"),
    requireMediaType("application/octet-stream"),
    limitBody(maxBodyBytes, "weights sent at once"),
  ] as const,
  request: {
    params: z.object({ sha256 }),
    body: {
      required: true,
      content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    },
  },
  responses: {
    201: { description: "Stored", content: json },
    200: { description: "They were there already", content: json },
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});

export function addWeightsUpload(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { sha256 } = context.req.valid("param");
    const bytes = await context.req.arrayBuffer();
    await checkWeights(new Uint8Array(bytes), sha256);
    const receipt = { sha256, bytes: bytes.byteLength };
    await recordUploader(context, sha256, bytes.byteLength);
    if (await context.env.WEIGHTS.head(weightsKey(sha256))) return context.json(receipt, 200);
    const isNew = await storeWeights(context.env.WEIGHTS, sha256, bytes);
    return isNew ? context.json(receipt, 201) : context.json(receipt, 200);
  });
}

async function checkWeights(bytes: Uint8Array, expected: string): Promise<void> {
  const actual = await sha256Hex(bytes);
  if (actual !== expected) {
    throw new ProblemError(
      "digest-mismatch",
      `The body of ${bytes.length} bytes has the SHA-256 ${actual}, expected ${expected}.`,
      "Upload the file's exact bytes to the path with their own SHA-256.",
    );
  }
  describeTensors(bytes, bytes.length);
}
