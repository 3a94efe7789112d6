import { readFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { readMigrations } from "./export.ts";
import {
  blobFile,
  blobKey,
  digestFile,
  type ExportIndex,
  indexFile,
  readIndex,
  tableFile,
  tables,
} from "./format.ts";
import type { Database, Storage } from "./storage.ts";

/** In the bucket while an import is under way: names the export, so that the same one may go on. */
const markerKey = "imports/under-way";
const batchRows = 40;

/**
 * Puts an export into an empty API: blobs first, then rows, so that no reader sees a version without its weights. Checks
 * the whole export before it writes anything. Broken off, it is run again and goes on; another export is refused then.
 *
 * @throws LecternError `invalid-data` for a damaged export, `conflict` for an API that isn't empty, or lacks migrations
 */
export async function importFrom(folder: string, { database, bucket }: Storage): Promise<ExportIndex> {
  const index = await readIndex(folder);
  await checkExport(folder, index);
  await checkMigrations(database, index);
  const identity = createHash("sha256")
    .update(await readFile(join(folder, indexFile)))
    .digest("hex");
  await takePlace({ database, bucket }, identity);
  for (const sha256 of index.blobs) {
    if ((await bucket.head(blobKey(sha256))) !== null) continue;
    const bytes = await readFile(blobFile(folder, sha256));
    await bucket.put(blobKey(sha256), bytes, {
      sha256,
      httpMetadata: { contentType: "application/octet-stream" },
    });
  }
  for (const table of tables) await insertRows(database, table, tableFile(folder, table));
  await bucket.delete(markerKey);
  return index;
}

async function checkExport(folder: string, index: ExportIndex): Promise<void> {
  const damaged = (what: string) =>
    new LecternError(
      "invalid-data",
      `The export is damaged: ${what}.`,
      "Take another copy of it, or an earlier one.",
    );
  for (const table of tables) {
    const told = index.tables[table];
    const found = await digestFile(tableFile(folder, table)).catch(() => "missing");
    if (told?.sha256 !== found)
      throw damaged(`tables/${table}.jsonl has the SHA-256 ${found}, expected ${told?.sha256}`);
  }
  for (const sha256 of index.blobs) {
    const found = await digestFile(blobFile(folder, sha256)).catch(() => "missing");
    if (found !== sha256) throw damaged(`blobs/${sha256} has the SHA-256 ${found}`);
  }
}

async function checkMigrations(database: Database, index: ExportIndex): Promise<void> {
  const there = await readMigrations(database).catch((): string[] => []);
  const missing = index.migrations.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  throw new LecternError(
    "conflict",
    `The API's database lacks migrations that the export has: ${missing.join(", ")}.`,
    "Deploy the version of Lectern that the export was made with, or a later one, and import again.",
  );
}

/** Of an empty API, or one that this very export is being imported into. */
async function takePlace({ database, bucket }: Storage, identity: string): Promise<void> {
  const marker = await (await bucket.get(markerKey))?.text();
  if (marker === identity) return;
  const held = await database
    .prepare("SELECT (SELECT count(*) FROM teachers) + (SELECT count(*) FROM releases) AS held")
    .first<{ held: number }>();
  if (marker !== undefined || (held?.held ?? 0) > 0) {
    throw new LecternError(
      "conflict",
      marker === undefined
        ? `The API isn't empty: it has ${held?.held} teachers and releases.`
        : "Another export is half imported into this API.",
      "Import into a new API, or go on with the import that was begun.",
    );
  }
  await bucket.put(markerKey, identity);
}

async function insertRows(database: Database, table: string, file: string): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let batch: ReturnType<Database["prepare"]>[] = [];
  const flush = async () => {
    if (batch.length > 0) await database.batch(batch);
    batch = [];
  };
  for await (const line of lines) {
    const row = JSON.parse(line) as Record<string, unknown>;
    const columns = Object.keys(row);
    // What an import that broke off has put in already stays as it is.
    const statement = `INSERT OR IGNORE INTO "${table}" (${columns.map((column) => `"${column}"`).join(", ")})
      VALUES (${columns.map(() => "?").join(", ")})`;
    batch.push(database.prepare(statement).bind(...Object.values(row)));
    if (batch.length >= batchRows) await flush();
  }
  await flush();
}
