import type { Bindings } from "../environment.ts";
import { claimOrphans, claimStray, forgetWeights } from "../weights/orphans.ts";
import { discardUpload, findStaleUploads } from "../weights/staged-upload.ts";
import { weightsKey } from "../weights/store.ts";
import { describeError, writeLog } from "./log-line.ts";

export interface SweepOptions {
  /** Milliseconds since 1970. */
  now: number;
  /** What is younger is left alone: longer than any publication takes. Milliseconds. */
  graceMs?: number;
}

export interface Swept {
  /** Objects and rows that were looked at. */
  scanned: number;
  removed: number;
}

type Storage = Pick<Bindings, "DB" | "WEIGHTS">;

const dayMs = 86_400_000;
/** A run makes a bounded number of calls; the next one, an hour later, goes on. */
const mostPages = 10;

/**
 * Removes weights that no release has, bytes in the bucket that no row of the database knows, and uploads that nobody
 * completes, all older than the grace period. What is being removed is marked in the database first, so that nobody can
 * publish it meanwhile (weights/orphans.ts). Wherever it breaks off, the next run goes on.
 *
 * Of the bucket's weights, a run lists those whose digest begins with one of 16 digits, by the hour.
 */
export async function sweep(storage: Storage, { now, graceMs = dayMs }: SweepOptions): Promise<Swept> {
  const swept: Swept = { scanned: 0, removed: 0 };
  const before = new Date(now - graceMs);
  await removeOrphans(storage, before, swept);
  await discardStaleUploads(storage, before, swept);
  const digit = (Math.floor(now / 3_600_000) % 16).toString(16);
  await removeStrays(storage, `weights/${digit}`, before, swept, removeStrayWeights);
  await removeStrays(storage, "uploads/", before, swept, removeStrayUpload);
  return swept;
}

/** The Worker's `scheduled` handler: a run with its row in `sweeps` and its line in the log. */
export async function runSweep(storage: Storage, now: number): Promise<void> {
  const started = new Date(now).toISOString();
  let outcome: Swept & { failure: string | null };
  try {
    outcome = { ...(await sweep(storage, { now })), failure: null };
  } catch (error) {
    outcome = { scanned: 0, removed: 0, failure: describeError(error) };
  }
  const { scanned, removed, failure } = outcome;
  writeLog(failure === null ? "info" : "error", {
    event: "sweep",
    scanned,
    removed,
    ...(failure !== null && { error: failure }),
  });
  await storage.DB.prepare(
    "INSERT INTO sweeps (started_at, finished_at, scanned, removed, failure) VALUES (?, ?, ?, ?, ?)",
  )
    .bind(started, new Date().toISOString(), scanned, removed, failure)
    .run();
}

async function removeOrphans({ DB, WEIGHTS }: Storage, before: Date, swept: Swept): Promise<void> {
  for (const sha256 of await claimOrphans(DB, before.toISOString())) {
    await WEIGHTS.delete(weightsKey(sha256));
    await forgetWeights(DB, sha256);
    swept.scanned += 1;
    swept.removed += 1;
  }
}

async function discardStaleUploads(storage: Storage, before: Date, swept: Swept): Promise<void> {
  for (const upload of await findStaleUploads(storage.DB, before.toISOString())) {
    await discardUpload(storage, upload);
    swept.scanned += 1;
    swept.removed += 1;
  }
}

/** True if it was one. */
type RemoveStray = (storage: Storage, key: string) => Promise<boolean>;

async function removeStrays(
  storage: Storage,
  prefix: string,
  before: Date,
  swept: Swept,
  remove: RemoveStray,
): Promise<void> {
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const list = await storage.WEIGHTS.list({ prefix, ...(cursor !== undefined && { cursor }) });
    for (const { key, uploaded } of list.objects) {
      swept.scanned += 1;
      if (uploaded < before && (await remove(storage, key))) swept.removed += 1;
    }
    if (!list.truncated) return;
    cursor = list.cursor;
  }
}

async function removeStrayWeights({ DB, WEIGHTS }: Storage, key: string): Promise<boolean> {
  const sha256 = key.slice(weightsKey("").length);
  if (!(await claimStray(DB, sha256))) return false;
  await WEIGHTS.delete(key);
  await forgetWeights(DB, sha256);
  return true;
}

async function removeStrayUpload({ DB, WEIGHTS }: Storage, key: string): Promise<boolean> {
  const row = await DB.prepare("SELECT 1 FROM uploads WHERE id = ?")
    .bind(key.slice("uploads/".length))
    .first();
  if (row !== null) return false;
  await WEIGHTS.delete(key);
  return true;
}
