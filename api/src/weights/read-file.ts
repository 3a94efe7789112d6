import type { Kept } from "../cache/location.ts";
import { aDay, findKept, keepRead } from "../cache/read-through.ts";
import type { ApiContext } from "../environment.ts";
import { immutable, unshared } from "../http/cache-control.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { mayRead, type Readable } from "../teachers/may-read.ts";
import { readCaller } from "../tokens/authenticate.ts";
import { weightsKey } from "./store.ts";
import { leaving } from "./uploaders.ts";

/** Longer files are streamed from the bucket: a Worker that held several would run out of its 128 MB. */
export const maxKeptBytes = 4 * 1024 * 1024;

export interface FoundWeights {
  readonly headers: Readonly<Record<string, string>>;
  readonly size: number;
  /** The whole answer, unless the file is too long to be held. */
  readonly kept?: Kept;
  slice(first: number, length: number): Promise<ArrayBuffer | ReadableStream>;
}

/** Where they are kept: also the path that they are asked for by. */
export function pathOfWeights(sha256: string): string {
  return `/v1/weights/${sha256}`;
}

/**
 * Weights by their digest: from memory, the data centre's cache, or one query and the bucket.
 *
 * @throws ProblemError `unknown-weights` where there are none, or none for whoever asks
 */
export async function readWeightsFile(context: ApiContext, sha256: string): Promise<FoundWeights> {
  const { location } = context.var;
  const path = pathOfWeights(sha256);
  const kept = await findKept(location, path, aDay);
  if (kept !== undefined) return describe(kept);
  const readAt = location.now();
  const sharing = await readSharing(context, sha256);
  const headers = {
    ETag: `"${sha256}"`,
    "Cache-Control": sharing === "private" ? unshared : immutable,
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
  };
  const { WEIGHTS } = context.env;
  const found = (await WEIGHTS.head(weightsKey(sha256))) ?? missing(sha256);
  if (found.size > maxKeptBytes) {
    return {
      headers,
      size: found.size,
      slice: async (offset, length) =>
        ((await WEIGHTS.get(weightsKey(sha256), { range: { offset, length } })) ?? missing(sha256)).body,
    };
  }
  const object = (await WEIGHTS.get(weightsKey(sha256))) ?? missing(sha256);
  const length = { "Content-Length": String(found.size) };
  const read = { headers: { ...headers, ...length }, readAt, body: await object.arrayBuffer() };
  if (sharing === "public") await keepRead(location, path, read, aDay);
  return describe(read);
}

function describe(kept: Kept): FoundWeights {
  const { headers, body } = kept;
  return {
    headers,
    size: body.byteLength,
    kept,
    slice: async (first, length) => body.slice(first, first + length),
  };
}

/** Exported for the test of its query plan. */
export const sharingQuery = `SELECT t.name, t.owner, t.visibility FROM releases r JOIN teachers t ON t.name = r.name
  WHERE r.weights_sha256 = ? ORDER BY t.visibility = 'public' DESC LIMIT 20`;

/**
 * Weights are as public as the teachers that have them. Those that no release has yet may be read by who knows their
 * digest, but with a token by their uploaders only, to whom it matters whether they may publish them; they are kept by
 * nobody here, as they may become a private teacher's. Those that nobody has uploaded, or that are being removed, aren't
 * there, wherever a removal broke off.
 */
async function readSharing(
  context: ApiContext,
  sha256: string,
): Promise<"public" | "private" | "unreleased"> {
  const { DB } = context.env;
  const { results } = await DB.prepare(sharingQuery).bind(sha256).all<Readable>();
  if (results.some(({ visibility }) => visibility === "public")) return "public";
  for (const teacher of results) if (await mayRead(context, teacher)) return "private";
  const caller = await readCaller(context);
  if (results.length > 0) return missing(sha256);
  const uploaders = await DB.prepare("SELECT owner FROM weights WHERE sha256 = ? AND owner <> ?")
    .bind(sha256, leaving)
    .all<{ owner: string }>();
  const isTheirs = caller === undefined || uploaders.results.some(({ owner }) => owner === caller.owner);
  return uploaders.results.length > 0 && isTheirs ? "unreleased" : missing(sha256);
}

function missing(sha256: string): never {
  throw new ProblemError(
    "unknown-weights",
    `There are no weights with the SHA-256 ${sha256}.`,
    "Take the digest from a release's manifest (weights.sha256).",
  );
}
