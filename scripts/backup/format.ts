import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";

/** The last file of an export to be written: without it, the export is none. */
export const indexFile = "export.json";

export interface ExportIndex {
  format: "lectern-export";
  formatVersion: 1;
  /** Those of the database that the rows are from. */
  migrations: string[];
  /** Of the tables' files: rows, and SHA-256 of the file. */
  tables: Record<string, { rows: number; sha256: string }>;
  /** Digests, in order: each the name of a file in `blobs`, and the SHA-256 of what is in it. */
  blobs: string[];
}

/**
 * In the order in which rows are put back: whatever a row rests on comes before it, and what hides a release before the
 * release. Not here: listings, which triggers make anew; uploads in parts, which begin anew.
 */
export const tables = [
  "owners",
  "tokens",
  "publisher_keys",
  "weights",
  "teachers",
  "transfers",
  "release_states",
  "releases",
  "dist_tags",
  "reports",
  "sweeps",
  "audit",
] as const;

export const tableFile = (folder: string, table: string): string => join(folder, "tables", `${table}.jsonl`);
export const blobFile = (folder: string, sha256: string): string => join(folder, "blobs", sha256);
export const blobKey = (sha256: string): string => `weights/${sha256}`;

export async function digestFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** @throws LecternError `invalid-data` for a folder that holds no whole export */
export async function readIndex(folder: string): Promise<ExportIndex> {
  try {
    const index = JSON.parse(await readFile(join(folder, indexFile), "utf8")) as ExportIndex;
    if (index.format !== "lectern-export" || index.formatVersion !== 1) throw new TypeError("another format");
    return index;
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${folder} holds no whole export: its ${indexFile} is missing, or not of this version.`,
      "Export again into an empty folder: npm run api:export -- DIR.",
      { cause },
    );
  }
}
