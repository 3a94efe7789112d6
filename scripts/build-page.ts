import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const top = fileURLToPath(new URL("..", import.meta.url));
const source = join(top, "client/page");

/** What isn't built here: `npm start`'s result, and the file that keeps the folder in the repository. */
const kept = new Set(["story.json", ".gitkeep"]);

/** What the page and its workers may do: load from where they came from, and nothing else. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Headers of the static files (Cloudflare's `_headers`); a worker's policy is that of its own script. */
const headers = `/*
  Content-Security-Policy: ${policy}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Permissions-Policy: camera=(), microphone=(), geolocation=(), payment=(), usb=()
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Resource-Policy: same-origin
/assets/*
  Cache-Control: public, max-age=31536000, immutable
/service-worker.js
  Cache-Control: no-cache
`;

export interface BuiltPage {
  /** Paths inside `outDir`, and sizes in bytes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** What the browser loads before anything is pressed. */
  readonly firstLoad: readonly string[];
}

/**
 * Builds client/page: index.html, and assets named by their content. The same sources give the same bytes. Files of an
 * earlier build go away; a story.json stays, and is made, holding null, where there is none: the API then has an answer.
 *
 * @example
 * ```ts
 * await buildPage({ outDir: "api/public" });
 * ```
 */
export async function buildPage({
  outDir = join(top, "api/public"),
}: { outDir?: string } = {}): Promise<BuiltPage> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(source, "main.ts"), join(source, "classroom/worker.ts")],
    absWorkingDir: top,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    minify: true,
    legalComments: "linked",
    loader: { ".wasm": "file" },
    outdir: outDir,
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const outputs = Object.entries(metafile.outputs);
  const entry = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith("page/main.ts"));
  if (!entry?.[1].cssBundle)
    throw new Error("esbuild made no main.js with a main.css of client/page/main.ts");
  const [script, style] = [entry[0], entry[1].cssBundle].map((path) => `assets/${basename(path)}`) as [
    string,
    string,
  ];
  const worker = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith("classroom/worker.ts"));
  if (!worker) throw new Error("esbuild made nothing of client/page/classroom/worker.ts");
  const page = (await readFile(join(source, "index.html"), "utf8"))
    .replace("%WORKER%", `assets/${basename(worker[0])}`)
    .replace("%SCRIPT%", script)
    .replace("%STYLE%", style);
  const eager = [...importedBy(entry[0], metafile)].map((path) => `assets/${basename(path)}`);
  const assets = outputFiles.map(({ path, contents }) => [`assets/${basename(path)}`, contents] as const);
  const shell = ["/", `/${style}`, ...eager.map((path) => `/${path}`)];
  const files = new Map<string, Uint8Array>([
    ...assets,
    ["_headers", new TextEncoder().encode(headers)],
    [
      "service-worker.js",
      await buildServiceWorker(
        page,
        shell,
        assets.map(([path]) => `/${path}`),
      ),
    ],
    // Last, so that the page never names a file that isn't there yet.
    ["index.html", new TextEncoder().encode(page)],
  ]);
  await mkdir(join(outDir, "assets"), { recursive: true });
  for (const [path, contents] of files) {
    await writeFile(join(outDir, `${path}.part`), contents);
    await rename(join(outDir, `${path}.part`), join(outDir, path));
  }
  await writeFile(join(outDir, "story.json"), "null\n", { flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  await clear(outDir, new Set([...files.keys(), ...kept]));
  return {
    files: [...files]
      .map(([path, { length: bytes }]) => ({ path, bytes }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    firstLoad: ["index.html", style, ...eager],
  };
}

/**
 * The service worker, which must lie beside the page and keep its name. It names the build and its files, so that a
 * browser sees a new one when anything changed.
 */
async function buildServiceWorker(
  page: string,
  shell: readonly string[],
  assets: readonly string[],
): Promise<Uint8Array> {
  const hash = createHash("sha256").update(page).update(assets.join("\n"));
  const { outputFiles } = await build({
    entryPoints: [join(source, "offline/service-worker.ts")],
    absWorkingDir: top,
    bundle: true,
    format: "iife",
    target: "es2022",
    platform: "browser",
    minify: true,
    define: {
      BUILD: JSON.stringify(hash.digest("hex").slice(0, 16)),
      SHELL: JSON.stringify(shell),
      ASSETS: JSON.stringify(assets.filter((path) => !path.endsWith(".txt"))),
    },
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]!.contents;
}

/** An output and all that it imports at once: not what it imports on demand. */
function importedBy(path: string, metafile: Metafile, found: Set<string> = new Set()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const imported of metafile.outputs[path]?.imports ?? [])
    if (imported.kind === "import-statement") importedBy(imported.path, metafile, found);
  return found;
}

/** Removes files that an earlier build left. */
async function clear(outDir: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(outDir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name).slice(join(outDir, "/").length);
    if (entry.isFile() && !wanted.has(path)) await rm(join(outDir, path));
  }
}

if (import.meta.main) {
  const { files } = await buildPage();
  for (const { path, bytes } of files) process.stdout.write(`${String(bytes).padStart(9)} ${path}\n`);
}
