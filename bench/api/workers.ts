import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { readdir, readFile } from "node:fs/promises";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from "wrangler";
import { applyMigrations } from "../../scripts/apply-migrations.ts";
import { bundleWorker } from "../../scripts/bundle-worker.ts";
import { registrationSql } from "../../scripts/tokens.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

export interface Workers {
  /** Straight to workerd's socket of that Worker: no proxy, no router in between. */
  address(worker: string): Promise<string>;
  database: Awaited<ReturnType<Miniflare["getD1Database"]>>;
  /** User and system time of the workerd process so far, ms; NaN where /proc doesn't tell. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/** A Worker that does nothing but return these bytes. */
export interface Bare {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/**
 * The API as wrangler.toml has it, under the name `lectern`, with migrations and a token, and bare Workers beside it, in one
 * workerd. Without the page's files: the platform's router in front of them isn't ours, and costs three times as much
 * as the rest. Rate limits count nothing here: no request has an address.
 */
export async function startWorkers(token: string, bares: readonly Bare[] = []): Promise<Workers> {
  const { workerOptions, main } = readWorkerOptions(join(top, "wrangler.toml"));
  if (main === undefined) throw new Error("wrangler.toml names no main");
  const { assets: _, ...options } = workerOptions as Record<string, unknown>;
  const unsafeDirectSockets = [{ host: "127.0.0.1", port: 0 }];
  const server = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => undefined,
      workers: [
        {
          ...options,
          name: "lectern",
          modules: [{ type: "ESModule", path: "worker.js", contents: await bundleWorker(main) }],
          unsafeDirectSockets,
        },
        ...bares.map(({ name, type, bytes }) => ({
          name,
          compatibilityDate: "2026-10-01",
          modules: [
            {
              type: "ESModule" as const,
              path: "worker.js",
              contents: `import bytes from "./bytes.bin";
export default { fetch: () => new Response(bytes, { headers: { "Content-Type": "${type}" } }) };`,
            },
            { type: "Data" as const, path: "bytes.bin", contents: bytes },
          ],
          unsafeDirectSockets,
        })),
      ],
    }),
  );
  await server.ready;
  const database = await server.getD1Database("DB", "lectern");
  await applyMigrations(database, join(top, "api/migrations"));
  await database.batch(registrationSql({ token, owner: "bench" }).map((sql) => database.prepare(sql)));
  const pid = await findWorkerd();
  return {
    address: async (worker) => (await server.unsafeGetDirectURL(worker)).origin,
    database,
    cpuMs: () => readCpuMs(pid),
    stop: () => server.dispose(),
  };
}

/** The workerd that this process started last. */
async function findWorkerd(): Promise<number | undefined> {
  const found: number[] = [];
  const entries = await readdir("/proc").catch(() => []);
  for (const entry of entries.filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(status) ?? [];
    if (name === "workerd" && Number(parent) === process.pid) found.push(Number(entry));
  }
  return found.toSorted((a, b) => a - b).at(-1);
}

/** Linux counts in hundredths of a second. */
async function readCpuMs(pid: number | undefined): Promise<number> {
  if (pid === undefined) return Number.NaN;
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
