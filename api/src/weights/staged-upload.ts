import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { uploadParts, uploads } from "../database/schema.ts";
import type { ApiContext, Bindings } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

/** R2 takes no smaller parts, but for the last. */
export const partBytes = 5 * 1024 * 1024;

export type UploadRow = typeof uploads.$inferSelect;
export type PartRow = typeof uploadParts.$inferSelect;

/** Where the bytes lie until their digest was found right: nobody can ask for them there. */
export function stagingKey(id: string): string {
  return `uploads/${id}`;
}

export function countParts({ bytes }: { bytes: number }): number {
  return Math.ceil(bytes / partBytes);
}

/** How long this part must be; 0 for one that there isn't. */
export function bytesOfPart({ bytes }: { bytes: number }, part: number): number {
  return Math.max(0, Math.min(partBytes, bytes - (part - 1) * partBytes));
}

/** An upload of the caller's, if there is one, with the parts that have arrived. */
export async function lookUpload(
  context: ApiContext,
  id: string,
): Promise<{ upload: UploadRow | undefined; parts: PartRow[] }> {
  const db = drizzle(context.env.DB);
  const [found, parts] = await db.batch([
    db
      .select()
      .from(uploads)
      .where(and(eq(uploads.id, id), eq(uploads.owner, context.var.caller.owner))),
    db.select().from(uploadParts).where(eq(uploadParts.uploadId, id)).orderBy(uploadParts.part),
  ]);
  return { upload: found[0], parts };
}

/**
 * The same, where there must be one.
 *
 * @throws ProblemError `unknown-upload`, also for another owner's
 */
export async function findUpload(
  context: ApiContext,
  id: string,
): Promise<{ upload: UploadRow; parts: PartRow[] }> {
  const { upload, parts } = await lookUpload(context, id);
  if (upload === undefined) {
    throw new ProblemError(
      "unknown-upload",
      `${context.var.caller.owner} has no upload ${id} under way: it was completed, aborted, or it is another owner's.`,
      "Begin anew: POST /v1/uploads.",
    );
  }
  return { upload, parts };
}

/** Gives up an upload and all its bytes. May be repeated after any failure; the row goes last, so that a sweep finds it. */
export async function discardUpload(
  { DB, WEIGHTS }: Pick<Bindings, "DB" | "WEIGHTS">,
  { id, multipartId }: Pick<UploadRow, "id" | "multipartId">,
): Promise<void> {
  const key = stagingKey(id);
  // It may be completed or gone already, which is no failure here.
  await WEIGHTS.resumeMultipartUpload(key, multipartId)
    .abort()
    .catch(() => undefined);
  await WEIGHTS.delete(key);
  await forgetUpload(DB, id);
}

export async function forgetUpload(database: D1Database, id: string): Promise<void> {
  await database.batch([
    database.prepare("DELETE FROM upload_parts WHERE upload_id = ?").bind(id),
    database.prepare("DELETE FROM uploads WHERE id = ?").bind(id),
  ]);
}

/** Uploads that nobody has completed since: for a sweep, which calls {@link discardUpload} for each. */
export async function findStaleUploads(
  database: D1Database,
  before: string,
  limit = 100,
): Promise<UploadRow[]> {
  const { results } = await database
    .prepare(
      `SELECT id, owner, sha256, bytes, part_bytes AS partBytes, multipart_id AS multipartId, created_at AS createdAt
       FROM uploads WHERE created_at < ? ORDER BY created_at LIMIT ?`,
    )
    .bind(before, limit)
    .all<UploadRow>();
  return results;
}
