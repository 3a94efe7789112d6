import type { SignedManifest } from "@lectern/shared/schema";
import type { Kept } from "../cache/location.ts";
import { aDay, findKept, keepRead } from "../cache/read-through.ts";
import type { ApiContext } from "../environment.ts";
import { immutable, unshared } from "../http/cache-control.ts";
import type { ProblemError } from "../problems/problem-error.ts";
import { mayRead } from "./may-read.ts";
import { removedVersion } from "./removed.ts";
import { readResolutionIndex, type ResolutionIndex } from "./resolution-index.ts";
import { unknownTeacher, unknownVersion } from "./unknown.ts";

interface ReleaseRow {
  sha256: string;
  manifest: string;
  signature: string;
  publicKey: string;
  owner: string;
  visibility: "public" | "private";
  deprecated: string | null;
}

/** Where an exact version is kept: also the path that it is asked for by. */
export function pathOfRelease(name: string, version: string): string {
  return `/v1/teachers/${name}/versions/${version}`;
}

/** Exported for the test of its query plan. */
export const releaseQuery = `SELECT r.manifest_sha256 AS sha256, r.manifest, r.signature, r.public_key AS publicKey,
  t.owner, t.visibility, s.deprecated FROM releases r JOIN teachers t ON t.name = r.name
  LEFT JOIN release_states s ON s.name = r.name AND s.version = r.version WHERE r.name = ? AND r.version = ?`;

/**
 * An exact version's signed manifest: from memory, the data centre's cache, or one query.
 *
 * @throws ProblemError `unknown-teacher`, `unknown-version`, or `removed`
 */
export async function readRelease(context: ApiContext, name: string, version: string): Promise<Kept> {
  const { location } = context.var;
  const path = pathOfRelease(name, version);
  const kept = await findKept(location, path, aDay);
  if (kept !== undefined) return kept;
  const readAt = location.now();
  const row = await context.env.DB.prepare(releaseQuery).bind(name, version).first<ReleaseRow>();
  if (row === null) throw await explainMissing(context, name, version);
  if (!(await mayRead(context, { ...row, name }))) throw await unknownTeacher(context.env.DB, name);
  const { manifest, signature, publicKey } = row;
  const { buffer } = new TextEncoder().encode(
    JSON.stringify({ manifest, signature, publicKey } satisfies SignedManifest),
  );
  const isPublic = row.visibility === "public";
  const read: Kept = {
    body: buffer,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": isPublic ? immutable : unshared,
      "Content-Location": path,
      ETag: `"${row.sha256}"`,
      // Percent-encoded, as a header holds no more than ASCII.
      ...(row.deprecated !== null && { "Lectern-Deprecated": encodeURIComponent(row.deprecated) }),
    },
    readAt,
  };
  if (isPublic) await keepRead(location, path, read, aDay);
  return read;
}

async function explainMissing(context: ApiContext, name: string, version: string): Promise<ProblemError> {
  const { index } = await readResolutionIndex(context.var.location, context.env.DB, name);
  const found = await demandReadable(context, name, index);
  const tombstone = await context.env.DB.prepare(
    "SELECT removed_reason AS reason FROM release_states WHERE name = ? AND version = ? AND removed_at IS NOT NULL",
  )
    .bind(name, version)
    .first<{ reason: string | null }>();
  return tombstone === null
    ? unknownVersion(name, version, found.versions)
    : removedVersion({ name, version }, tombstone.reason ?? "no reason was given");
}

/** The index, if there is such a teacher for whoever asks. */
export async function demandReadable(
  context: ApiContext,
  name: string,
  index: ResolutionIndex | undefined,
): Promise<ResolutionIndex> {
  const isReadable = await mayRead(context, index && { ...index, name });
  if (index !== undefined && isReadable) return index;
  throw await unknownTeacher(context.env.DB, name);
}
