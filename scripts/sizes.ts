import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { buildPage } from "./build-page.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

/**
 * The most bytes each part may take, gzipped. Raise one only in the commit that causes it, and say why there. The
 * Worker's include zod, its OpenAPI generator, Hono, drizzle and semver; an alias in wrangler.toml keeps zod's languages
 * out (38 KB).
 */
export const ceilings = {
  client: { "connect/index.ts": 8_450, "fixed/index.ts": 7_600, "index.ts": 12_288 },
  worker: 160_000,
} as const;

export const gzipped = (code: string | Uint8Array): number => gzipSync(code, { level: 9 }).length;

export interface ClientBundle {
  readonly code: string;
  /** The sources that something of is left in it. */
  readonly inputs: readonly string[];
}

/**
 * An entry of `client/src` as a page bundles it, TensorFlow.js apart: bundled by esbuild, minified by terser, as
 * production builds are (esbuild's own minifier leaves 2 % more).
 */
export async function bundleClient(entry: string): Promise<ClientBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(top, "client/src", entry)],
    absWorkingDir: top,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    external: ["@tensorflow/*"],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const { code } = await minify(outputFiles[0]!.text, { module: true, ecma: 2020, compress: { passes: 4 } });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: code!, inputs: used.map(([path]) => path) };
}

/** The Worker, as `wrangler deploy` would send it; nothing is sent. */
export async function bundleDeployedWorker(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-worker-"));
  try {
    const wrangler = join(top, "node_modules/wrangler/bin/wrangler.js");
    await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
      cwd: top,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false" },
    });
    return await readFile(join(folder, "worker.js"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a browser loads of the page before anything is pressed. */
async function firstLoad(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-page-"));
  try {
    const page = await buildPage({ outDir: folder });
    const files = await Promise.all(page.firstLoad.map((path) => readFile(join(folder, path))));
    return files.reduce((sum, bytes) => sum + gzipped(bytes), 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const rows: (readonly [string, number, number?])[] = [];
  for (const [entry, ceiling] of Object.entries(ceilings.client))
    rows.push([`client/src/${entry}`, gzipped((await bundleClient(entry)).code), ceiling]);
  rows.push(["api/src/worker.ts", gzipped(await bundleDeployedWorker()), ceilings.worker]);
  rows.push(["client/page, first load", await firstLoad()]);
  process.stdout.write("gzipped bytes, TensorFlow.js apart\n");
  for (const [part, bytes, ceiling] of rows)
    process.stdout.write(
      `${String(bytes).padStart(8)}  ${part}${ceiling === undefined ? "" : `  (at most ${ceiling})`}\n`,
    );
}
