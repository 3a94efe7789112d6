import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
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
  client: {
    "connect/index.ts": 9_200,
    "fixed/index.ts": 6_900,
    "index.ts": 10_560,
    "offline/index.ts": 6_300,
  },
  worker: 160_000,
} as const;

export const gzipped = (code: string | Uint8Array): number => gzipSync(code, { level: 9 }).length;

export interface ClientBundle {
  /** Files that are loaded with the entry, itself among them: all that a pull, a check and a lesson run when nothing is wrong. */
  readonly code: readonly string[];
  /** The sources that something of is left in them. */
  readonly inputs: readonly string[];
  /** Gzipped bytes of what `import()` loads when something is wrong, by its source. */
  readonly later: Readonly<Record<string, number>>;
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
    splitting: true,
    outdir: top,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    external: ["@tensorflow/*"],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const { outputs } = metafile;
  const minified = async (path: string): Promise<string> => {
    const { text } = outputFiles.find((file) => relative(top, file.path) === path)!;
    return (await minify(text, { module: true, ecma: 2020, compress: { passes: 4 } })).code!;
  };
  const withEntry = new Set(
    Object.keys(outputs).filter((path) => outputs[path]!.entryPoint?.endsWith(entry)),
  );
  for (const path of withEntry)
    for (const { kind, path: other, external } of outputs[path]!.imports)
      if (kind === "import-statement" && !external) withEntry.add(other);
  const paths = [...withEntry];
  const later = Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint && !withEntry.has(path) ? [[entryPoint, minified(path)] as const] : [],
  );
  return {
    code: await Promise.all(paths.map(minified)),
    inputs: paths.flatMap((path) =>
      Object.entries(outputs[path]!.inputs).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [input] : [],
      ),
    ),
    later: Object.fromEntries(
      await Promise.all(later.map(async ([path, code]) => [path, gzipped(await code)])),
    ),
  };
}

export const gzippedBundle = ({ code }: ClientBundle): number =>
  code.reduce((sum, file) => sum + gzipped(file), 0);

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
  const later = new Map<string, number>();
  for (const [entry, ceiling] of Object.entries(ceilings.client)) {
    const bundle = await bundleClient(entry);
    rows.push([`client/src/${entry}`, gzippedBundle(bundle), ceiling]);
    for (const [path, bytes] of Object.entries(bundle.later)) later.set(path, bytes);
  }
  for (const [path, bytes] of later) rows.push([`${path}, only when something is wrong`, bytes]);
  rows.push(["api/src/worker.ts", gzipped(await bundleDeployedWorker()), ceilings.worker]);
  rows.push(["client/page, first load", await firstLoad()]);
  process.stdout.write("gzipped bytes, TensorFlow.js apart\n");
  for (const [part, bytes, ceiling] of rows)
    process.stdout.write(
      `${String(bytes).padStart(8)}  ${part}${ceiling === undefined ? "" : `  (at most ${ceiling})`}\n`,
    );
}
