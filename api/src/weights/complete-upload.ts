import type { ApiContext } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { describeTensors } from "../teachers/fit-weights.ts";
import {
  countParts,
  discardUpload,
  forgetUpload,
  type PartRow,
  stagingKey,
  type UploadRow,
} from "./staged-upload.ts";
import { readStart, storeWeights, weightsKey } from "./store.ts";
import { recordUploader } from "./uploaders.ts";

/**
 * Puts the parts together, checks the whole, and only then stores it under its digest. Each step finds what an earlier
 * attempt has done, so that the request can be repeated wherever it broke off.
 *
 * @returns false if the weights were there already
 * @throws ProblemError `incomplete-upload`, `digest-mismatch`, `invalid-weights`, `busy`
 */
export async function completeUpload(
  context: ApiContext,
  upload: UploadRow,
  parts: readonly PartRow[],
): Promise<boolean> {
  const { WEIGHTS, DB } = context.env;
  const { id, sha256, bytes } = upload;
  const key = stagingKey(id);
  demandAllParts(upload, parts);
  if ((await WEIGHTS.head(key)) === null) {
    if (await isStoredFor(context, sha256)) {
      // An earlier attempt came to its end but for forgetting the upload: there is nothing left to complete.
      await discardUpload(context.env, upload);
      return false;
    }
    const multipart = WEIGHTS.resumeMultipartUpload(key, upload.multipartId);
    await multipart.complete(parts.map(({ part, etag }) => ({ partNumber: part, etag })));
  }
  try {
    const file = await readStart(WEIGHTS, key);
    if (file === undefined) throw new Error("the completed upload is not in the bucket");
    await checkDigest(WEIGHTS, key, sha256);
    describeTensors(file.start, file.bytes);
  } catch (error) {
    // What is wrong with the bytes won't mend: they would only lie there.
    if (error instanceof ProblemError) await discardUpload(context.env, upload);
    throw error;
  }
  await recordUploader(context, sha256, bytes);
  const staged = await WEIGHTS.get(key);
  if (staged === null) throw new Error("the completed upload has left the bucket");
  const isNew = await storeWeights(WEIGHTS, sha256, staged.body);
  await WEIGHTS.delete(key);
  await forgetUpload(DB, id);
  return isNew;
}

/** Only if the caller has shown to have these bytes: that others have them is nobody's proof. */
async function isStoredFor({ env, var: { caller } }: ApiContext, sha256: string): Promise<boolean> {
  const row = await env.DB.prepare("SELECT 1 FROM weights WHERE sha256 = ? AND owner = ?")
    .bind(sha256, caller.owner)
    .first();
  return row !== null && (await env.WEIGHTS.head(weightsKey(sha256))) !== null;
}

function demandAllParts(upload: UploadRow, parts: readonly PartRow[]): void {
  const arrived = new Set(parts.map(({ part }) => part));
  const missing = Array.from({ length: countParts(upload) }, (_, i) => i + 1).filter(
    (part) => !arrived.has(part),
  );
  if (missing.length === 0) return;
  throw new ProblemError(
    "incomplete-upload",
    `Of the upload's ${countParts(upload)} parts ${missing.length} have not arrived: ${missing.slice(0, 10).join(", ")}${missing.length > 10 ? "…" : ""}.`,
    "Send them, then complete it again.",
  );
}

/** Whoever could have weights noted as theirs without having the bytes could publish others' private ones. */
async function checkDigest(bucket: R2Bucket, key: string, expected: string): Promise<void> {
  const object = await bucket.get(key);
  if (object === null) throw new Error("the completed upload is not in the bucket");
  const stream = new crypto.DigestStream("SHA-256");
  // Waited for together: a body that breaks off makes both fail.
  const [, digest] = await Promise.all([object.body.pipeTo(stream), stream.digest]);
  const actual = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (actual === expected) return;
  throw new ProblemError(
    "digest-mismatch",
    `The parts' ${object.size} bytes together have the SHA-256 ${actual}, expected ${expected}.`,
    "Begin anew with the SHA-256 of the whole file.",
  );
}
