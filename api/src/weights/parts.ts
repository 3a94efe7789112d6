import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { uploadRequest, type UploadStatus, uploadStatus, weightsReceipt } from "@lectern/shared/schema";
import { and, eq, exists } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describeWrite, traceWrite } from "../audit/actions.ts";
import { audit, uploadParts, uploads } from "../database/schema.ts";
import { valuesWhere } from "../database/values-where.ts";
import type { ApiContext, Environment } from "../environment.ts";
import { limitBody, requireMediaType, smallJson } from "../http/limit-body.ts";
import { demandQuota, hasRoomForUpload } from "../limits/quota.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { checkContentDigest } from "./content-digest.ts";
import { completeUpload } from "./complete-upload.ts";
import {
  bytesOfPart,
  countParts,
  discardUpload,
  findUpload,
  lookUpload,
  partBytes,
  stagingKey,
  type UploadRow,
} from "./staged-upload.ts";

const params = z.object({ id: z.uuid() });
const security = [{ token: [] }];
const shown = { "application/json": { schema: uploadStatus } };
const receipt = { "application/json": { schema: weightsReceipt } };
const octets = "application/octet-stream";
const publisher = requireScope("publish");

const beginRoute = createRoute({
  method: "post",
  path: "/v1/uploads",
  summary: "Begin an upload in parts",
  description:
    "Or go on with the one that the owner has begun of the same weights: `parts` are those that have arrived.",
  security,
  middleware: [publisher, ...smallJson] as const,
  request: { body: { required: true, content: { "application/json": { schema: uploadRequest } } } },
  responses: {
    201: { description: "Begun", content: shown },
    200: { description: "It was under way already", content: shown },
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});
const statusRoute = createRoute({
  method: "get",
  path: "/v1/uploads/{id}",
  summary: "Which parts have arrived?",
  security,
  middleware: [publisher] as const,
  request: { params },
  responses: { 200: { description: "The upload", content: shown }, ...problemResponses(400, 401, 403, 404) },
});
const partRoute = createRoute({
  method: "put",
  path: "/v1/uploads/{id}/parts/{part}",
  summary: "Send a part",
  description:
    "Counted from 1; each has `partBytes` bytes, but for the last. Idempotent. With `Content-Digest: sha-256=:…:` (RFC 9530) a part " +
    "that was damaged on the way is refused at once.",
  security,
  middleware: [publisher, requireMediaType(octets), limitBody(partBytes, "a part")] as const,
  request: {
    params: params.extend({ part: z.coerce.number().int().min(1).max(1000) }),
    headers: z.object({ "content-digest": z.string().optional() }),
    body: { required: true, content: { [octets]: { schema: { type: "string", format: "binary" } } } },
  },
  responses: {
    200: { description: "Stored", content: shown },
    ...problemResponses(400, 401, 403, 404, 413, 415, 422),
  },
});
const completeRoute = createRoute({
  method: "post",
  path: "/v1/uploads/{id}/completion",
  summary: "Complete an upload",
  description:
    "The whole is checked against its SHA-256, and only then can be found under it. May be repeated after a failure.",
  security,
  middleware: [publisher] as const,
  request: { params },
  responses: {
    201: { description: "Stored", content: receipt },
    200: { description: "They were there already", content: receipt },
    ...problemResponses(400, 401, 403, 404, 409, 422, 503),
  },
});
const abortRoute = createRoute({
  method: "delete",
  path: "/v1/uploads/{id}",
  summary: "Give an upload up",
  description: "Idempotent: where the owner has none of this id, the answer is the same.",
  security,
  middleware: [publisher] as const,
  request: { params },
  responses: { 204: { description: "Its parts are gone" }, ...problemResponses(400, 401, 403) },
});

export function addUploads(app: OpenAPIHono<Environment>): void {
  app.openapi(beginRoute, async (context) => {
    const { sha256, bytes } = context.req.valid("json");
    const { owner } = context.var.caller;
    const db = drizzle(context.env.DB);
    const begun = await db
      .select({ id: uploads.id })
      .from(uploads)
      .where(and(eq(uploads.owner, owner), eq(uploads.sha256, sha256), eq(uploads.bytes, bytes)))
      .get();
    if (begun) return context.json(await readStatus(context, begun.id), 200);
    await demandRoom(context, { sha256, bytes });
    const id = crypto.randomUUID();
    const multipart = await context.env.WEIGHTS.createMultipartUpload(stagingKey(id));
    const createdAt = new Date().toISOString();
    const row = { id, owner, sha256, bytes, partBytes, multipartId: multipart.uploadId, createdAt };
    const trace = describeWrite(context, {
      action: "upload.begin",
      subject: sha256,
      detail: `${id}, ${bytes} bytes`,
    });
    const recorded = db.select({ id: uploads.id }).from(uploads).where(eq(uploads.id, id));
    const [, , found] = await db.batch([
      db.insert(uploads).select(valuesWhere(uploads, row, hasRoomForUpload(owner, { sha256, bytes }))),
      db.insert(audit).select(valuesWhere(audit, trace, exists(recorded))),
      recorded,
    ]);
    if (found.length === 0) {
      // Others began at the same time, and took the room.
      await multipart.abort();
      await demandRoom(context, { sha256, bytes });
      throw new ProblemError("busy", "Other uploads took the room for this one.", "Begin it again.", {
        "Retry-After": "1",
      });
    }
    return context.json(showStatus(row, []), 201);
  });

  app.openapi(statusRoute, async (context) =>
    context.json(await readStatus(context, context.req.valid("param").id), 200),
  );

  app.openapi(partRoute, async (context) => {
    const { id, part } = context.req.valid("param");
    const { upload } = await findUpload(context, id);
    const expected = bytesOfPart(upload, part);
    const stated = context.req.header("Content-Length");
    if (expected === 0 || (stated !== undefined && Number(stated) !== expected))
      throw wrongPart(upload, part, expected, stated ?? "unknown");
    const bytes = await context.req.arrayBuffer();
    if (bytes.byteLength !== expected) throw wrongPart(upload, part, expected, String(bytes.byteLength));
    await checkContentDigest(context.req.valid("header")["content-digest"], bytes);
    const multipart = context.env.WEIGHTS.resumeMultipartUpload(stagingKey(id), upload.multipartId);
    const { etag } = await multipart.uploadPart(part, bytes);
    const row = { uploadId: id, part, etag, bytes: expected };
    await drizzle(context.env.DB)
      .insert(uploadParts)
      .values(row)
      .onConflictDoUpdate({
        target: [uploadParts.uploadId, uploadParts.part],
        set: { etag, bytes: expected },
      });
    return context.json(await readStatus(context, id), 200);
  });

  app.openapi(completeRoute, async (context) => {
    const { upload, parts } = await findUpload(context, context.req.valid("param").id);
    const isNew = await completeUpload(context, upload, parts);
    const { sha256, bytes } = upload;
    return isNew ? context.json({ sha256, bytes }, 201) : context.json({ sha256, bytes }, 200);
  });

  app.openapi(abortRoute, async (context) => {
    const { upload } = await lookUpload(context, context.req.valid("param").id);
    if (upload !== undefined) {
      await traceWrite(context, { action: "upload.abort", subject: upload.sha256, detail: upload.id });
      await discardUpload(context.env, upload);
    }
    return context.body(null, 204);
  });
}

/** Those that nobody ever completes lie in the bucket, too, until a sweep: they count as what they are to become. */
async function demandRoom(
  { env: { DB }, var: { caller } }: ApiContext,
  { sha256, bytes }: { sha256: string; bytes: number },
): Promise<void> {
  const underWay = await DB.prepare("SELECT coalesce(sum(bytes), 0) AS bytes FROM uploads WHERE owner = ?")
    .bind(caller.owner)
    .first<{ bytes: number }>();
  const all = bytes + (underWay?.bytes ?? 0);
  await demandQuota(DB, caller.owner, { weights: { sha256, bytes: all } });
}

async function readStatus(context: ApiContext, id: string): Promise<UploadStatus> {
  const { upload, parts } = await findUpload(context, id);
  return showStatus(
    upload,
    parts.map(({ part }) => part),
  );
}

function showStatus({ id, sha256, bytes, partBytes }: UploadRow, parts: number[]): UploadStatus {
  return { id, sha256, bytes, partBytes, parts };
}

function wrongPart(upload: UploadRow, part: number, expected: number, found: string): ProblemError {
  const count = countParts(upload);
  return new ProblemError(
    "invalid-request",
    expected === 0
      ? `The upload has ${count} parts, and this is part ${part}.`
      : `Part ${part} of ${count} has ${found} bytes, expected ${expected}.`,
    `Send parts of ${partBytes} bytes, the last with what is left.`,
  );
}
