import { createHash } from "node:crypto";
import { mkdir, open, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { blobFile, blobKey, digestFile, type ExportIndex, indexFile, tableFile, tables } from "./format.ts";
import type { Database, Storage } from "./storage.ts";

/** Rows with manifests may have a megabyte: few are held at a time. */
const pageRows = 50;

/**
 * Writes everything that an API holds into a folder: a file of JSON lines for each table, a file for each digest, and
 * at last an index with their digests. Broken off, it is run again: blobs that are there, whole, are not fetched again.
 *
 * While it runs, the API may go on: rows are read so that what they rest on is read after them, blobs at last.
 *
 * @throws LecternError `integrity` for a blob that isn't what its digest says, or is missing
 */
export async function exportTo(folder: string, { database, bucket }: Storage): Promise<ExportIndex> {
  await mkdir(join(folder, "tables"), { recursive: true });
  await mkdir(join(folder, "blobs"), { recursive: true });
  const index: ExportIndex = {
    format: "lectern-export",
    formatVersion: 1,
    migrations: await readMigrations(database),
    tables: {},
    blobs: [],
  };
  for (const table of tables.toReversed())
    index.tables[table] = await writeTable(database, table, tableFile(folder, table));
  const { results } = await database
    .prepare("SELECT DISTINCT weights_sha256 AS sha256 FROM releases ORDER BY 1")
    .all<{ sha256: string }>();
  for (const { sha256 } of results) {
    const file = blobFile(folder, sha256);
    if (!(await isWhole(file, sha256))) {
      const object = await bucket.get(blobKey(sha256));
      if (object === null) throw broken(`The weights ${sha256} of a release are not in the bucket.`);
      const bytes = new Uint8Array(await object.arrayBuffer());
      if (createHash("sha256").update(bytes).digest("hex") !== sha256)
        throw broken(`The weights ${sha256} in the bucket have another digest.`);
      await writeFile(`${file}.part`, bytes);
      await rename(`${file}.part`, file);
    }
    index.blobs.push(sha256);
  }
  await writeFile(join(folder, `${indexFile}.part`), `${JSON.stringify(index, null, 2)}\n`);
  await rename(join(folder, `${indexFile}.part`), join(folder, indexFile));
  return index;
}

export async function readMigrations(database: Database): Promise<string[]> {
  const { results } = await database
    .prepare("SELECT name FROM d1_migrations ORDER BY name")
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

async function writeTable(
  database: Database,
  table: string,
  file: string,
): Promise<{ rows: number; sha256: string }> {
  const handle = await open(`${file}.part`, "w");
  const hash = createHash("sha256");
  let rows = 0;
  try {
    for (let after = 0; ;) {
      const { results } = await database
        .prepare(`SELECT rowid AS "rowid!", * FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ?`)
        .bind(after, pageRows)
        .all<Record<string, unknown>>();
      for (const { "rowid!": rowid, ...row } of results) {
        const line = `${JSON.stringify(row)}\n`;
        hash.update(line);
        await handle.write(line);
        after = Number(rowid);
        rows += 1;
      }
      if (results.length < pageRows) break;
    }
  } finally {
    await handle.close();
  }
  await rename(`${file}.part`, file);
  return { rows, sha256: hash.digest("hex") };
}

async function isWhole(file: string, sha256: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && (await digestFile(file)) === sha256;
}

function broken(what: string): LecternError {
  return new LecternError("integrity", what, "See docs/runbook.md, “Damaged weights”; then export again.");
}
