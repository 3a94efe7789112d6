import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from "wrangler";
import { applyMigrations } from "./apply-migrations.ts";
import { bundleWorker } from "./bundle-worker.ts";
import { openCredentials } from "./credentials.ts";
import { registrationSql } from "./tokens.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const host = "127.0.0.1";

export interface RunningApi {
  /** Without a slash at the end. */
  url: string;
  port: number;
  /** Of the owner `local`, with the scope `publish`. */
  token: string;
  /** Of workerd's inspector (the DevTools protocol), where it was asked for. */
  inspector?: string;
  /** Leaves no process and no open handle. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** 0 for any free one. */
  port?: number;
  /** D1 and R2 live here; `credentials.json` beside it. */
  persistTo?: string;
  /** Without the Worker's log on stderr. */
  quiet?: boolean;
  /** With workerd's inspector, on a port of its own. */
  inspect?: boolean;
}

/**
 * Starts the API in workerd, as wrangler.toml describes it, with D1 and R2 on disk, migrations applied, and a token.
 * Without wrangler's own proxy in front, which is slow, and without its network requests.
 *
 * @throws LecternError `conflict` when the port is taken, `invalid-argument` when it is no port
 * @example
 * ```ts
 * const api = await startApi({ port: 0, persistTo: ".lectern/api", quiet: true });
 * const health = await fetch(`${api.url}/healthz`);
 * await api.stop();
 * ```
 */
export async function startApi({
  port = 8787,
  persistTo = join(top, ".lectern/api"),
  quiet = false,
  inspect = false,
}: StartOptions = {}): Promise<RunningApi> {
  await checkPort(port);
  const { workerOptions, main } = readWorkerOptions(join(top, "wrangler.toml"));
  if (main === undefined) throw new Error("wrangler.toml names no main");
  await mkdir(join(top, "api/public"), { recursive: true });
  bindToParent();
  const { token, owner } = await openCredentials(join(dirname(resolve(persistTo)), "credentials.json"));
  const server = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      bindings: { ...(workerOptions.bindings as Record<string, string> | undefined), RESULTS_SALT: token },
      ratelimits: withoutLimits(workerOptions.ratelimits as RateLimits | undefined),
      name: "lectern",
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundleWorker(main) }],
      host,
      port,
      ...(inspect && { inspectorPort: 0 }),
      // Where `wrangler d1 execute --local --persist-to` looks, too.
      resourcePersistencePath: join(resolve(persistTo), "v3"),
      cf: false,
      telemetry: { enabled: false },
      log: new Log(quiet ? LogLevel.NONE : LogLevel.ERROR),
      logRequests: false,
      handleStructuredLogs: ({ level, message }) => {
        if (!quiet) process.stderr.write(`${level}: ${message}\n`);
      },
    }),
  );
  try {
    const url = await server.ready;
    const database = await server.getD1Database("DB");
    await applyMigrations(database, join(top, "api/migrations"));
    await database.batch(registrationSql({ token, owner }).map((statement) => database.prepare(statement)));
    return {
      url: url.origin,
      port: Number(url.port),
      token,
      ...(inspect && { inspector: (await server.getInspectorURL()).host }),
      stop: () => server.dispose(),
    };
  } catch (error) {
    await server.dispose();
    throw error;
  }
}

/**
 * Makes workerd end with this process, whatever ends it: killed by SIGKILL, this process would leave workerd on its port
 * and in its files. The wrapper is for POSIX; on Windows workerd is left as it is.
 */
function bindToParent(): void {
  if (process.platform === "win32" || process.env["MINIFLARE_WORKERD_PATH"] !== undefined) return;
  // The path of the binary is what the package exports.
  process.env["LECTERN_WORKERD"] = createRequire(import.meta.url)("workerd").default as string;
  process.env["MINIFLARE_WORKERD_PATH"] = join(top, "scripts/workerd-with-parent.sh");
}

type RateLimits = Record<string, { namespace_id: string; simple: { limit: number; period: 10 | 60 } }>;

/** Counts as on the platform, and lets everything pass: whoever works here is one address, and in a hurry. */
function withoutLimits(limits: RateLimits | undefined): RateLimits {
  const entries = Object.entries(limits ?? {});
  return Object.fromEntries(
    entries.map(([name, limit]) => [name, { ...limit, simple: { ...limit.simple, limit: 1e9 } }]),
  );
}

/** Asked for before workerd starts, whose own complaint is not for users. */
async function checkPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LecternError(
      "invalid-argument",
      `The port is ${port}, expected an integer from 0 to 65535.`,
      "Pass --port 8787, or 0 for any free one.",
    );
  }
  const probe = createServer();
  await new Promise<void>((done, fail) => {
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      fail(
        new LecternError(
          "conflict",
          `Port ${port} of ${host} can't be used: ${cause.code === "EADDRINUSE" ? "another program listens there" : cause.code}.`,
          "Stop that program, or pass another port with --port (0 for any free one).",
          { cause },
        ),
      );
    });
    probe.listen(port, host, () => probe.close(() => done()));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8787" },
      "persist-to": { type: "string", default: join(top, ".lectern/api") },
      quiet: { type: "boolean", default: false },
    },
  });
  const persistTo = values["persist-to"];
  const api = await startApi({ port: Number(values.port), persistTo, quiet: values.quiet });
  process.stdout.write(
    `The API listens on ${api.url}; its publisher's token is in ${join(dirname(persistTo), "credentials.json")}.\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void api.stop());
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
