import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { getPlatformProxy, unstable_getMiniflareWorkerOptions as readWorkerOptions } from "wrangler";
import { applyMigrations } from "../apply-migrations.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

export type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;
export type Bucket = Awaited<ReturnType<Miniflare["getR2Bucket"]>>;

/** What a backup is of, and what it is restored into. */
export interface Storage {
  database: Database;
  bucket: Bucket;
}

export interface OpenStorage extends Storage, AsyncDisposable {}

/** The local API's storage; nothing else may have it open: stop the API first. Its migrations are applied. */
export async function openLocalStorage(persistTo: string): Promise<OpenStorage> {
  const { workerOptions } = readWorkerOptions(join(top, "wrangler.toml"));
  await mkdir(persistTo, { recursive: true });
  const server = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name: "lectern",
      modules: [{ type: "ESModule", path: "worker.js", contents: "export default {}" }],
      resourcePersistencePath: join(resolve(persistTo), "v3"),
      cf: false,
      telemetry: { enabled: false },
    }),
  );
  await server.ready;
  const database = await server.getD1Database("DB");
  await applyMigrations(database, join(top, "api/migrations"));
  return {
    database,
    bucket: await server.getR2Bucket("WEIGHTS"),
    [Symbol.asyncDispose]: () => server.dispose(),
  };
}

/** A deployed API's storage, with the credentials that wrangler has. Its migrations must have been applied. */
export async function openRemoteStorage(environment: string): Promise<OpenStorage> {
  const { workerOptions } = readWorkerOptions(join(top, "wrangler.toml"), environment);
  const { d1Databases, r2Buckets } = workerOptions as {
    d1Databases?: Record<string, string | { id: string }>;
    r2Buckets?: Record<string, string | { id: string }>;
  };
  const idOf = (found: string | { id: string } | undefined) =>
    typeof found === "object" ? found.id : (found ?? "");
  // Only what a backup needs, and marked as remote, which wrangler.toml's own bindings must not be.
  const folder = await mkdtemp(join(tmpdir(), "lectern-backup-"));
  const configPath = join(folder, "wrangler.json");
  await writeFile(
    configPath,
    JSON.stringify({
      name: "lectern-backup",
      compatibility_date: "2026-10-01",
      d1_databases: [{ binding: "DB", database_id: idOf(d1Databases?.["DB"]), remote: true }],
      r2_buckets: [{ binding: "WEIGHTS", bucket_name: idOf(r2Buckets?.["WEIGHTS"]), remote: true }],
    }),
  );
  const proxy = await getPlatformProxy<{ DB: Database; WEIGHTS: Bucket }>({ configPath, persist: false });
  return {
    database: proxy.env.DB,
    bucket: proxy.env.WEIGHTS,
    async [Symbol.asyncDispose]() {
      await proxy.dispose();
      await rm(folder, { recursive: true });
    },
  };
}
