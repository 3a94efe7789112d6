import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { minify } from "terser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeClient } from "../scripts/client-api.ts";
import { type PackageEntry, readEntries } from "../scripts/client-package/manifest.ts";
import { ceilings, gzipped } from "../scripts/sizes.ts";
import { type InstalledClient, installClient } from "./bundlers/installed-client.ts";

/** What `npm publish client/dist` would send, looked at from all sides but that of running it. */
const top = fileURLToPath(new URL("..", import.meta.url));
let client: InstalledClient;
let entries: readonly PackageEntry[];
let manifest: Record<string, unknown>;
let files: string[];

beforeAll(async () => {
  [client, entries] = await Promise.all([installClient(), readEntries()]);
  manifest = JSON.parse(await readFile(join(client.installed, "package.json"), "utf8")) as typeof manifest;
  const found = await readdir(client.installed, { recursive: true, withFileTypes: true });
  files = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(client.installed.length + 1));
});
afterAll(() => client?.[Symbol.asyncDispose]());

async function runProgram(program: string, cwd: string): Promise<string> {
  const args = ["--input-type=module", "--eval", program];
  return (await promisify(execFile)(process.execPath, args, { cwd })).stdout;
}

const specifierOf = ({ subpath }: PackageEntry): string => `@lectern/client${subpath.slice(1)}`;

it("is what publint asks for", async () => {
  const { messages, pkg } = await publint({ pkgDir: client.installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg as Record<string, unknown>))).toEqual([]);
});

it("has types that every resolution finds, ESM only", async () => {
  const { problems = [] } = (await checkPackage(
    createPackageFromTarballData(new Uint8Array(await readFile(client.tarball))),
  )) as { problems?: { kind: string; resolutionKind?: string }[] };
  // Neither an ESM-only package nor one with subpaths can please these: a require() of ESM (Node 22 has it, TypeScript
  // 5.6 doesn't know), and node10, which knows no exports.
  const unavoidable = new Set(["node10", "node16-cjs"]);
  expect(problems.filter(({ resolutionKind }) => !unavoidable.has(resolutionKind ?? ""))).toEqual([]);
});

it("depends on nothing but TensorFlow.js, and has only what a user needs", async () => {
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("private");
  expect(Object.keys(manifest["peerDependencies"] as object)).toSatisfy((names: string[]) =>
    names.every((name) => name.startsWith("@tensorflow/tfjs")),
  );
  expect(files.filter((path) => !/\.(js|js\.map|d\.ts|md)$|^(package\.json|LICENSE)$/.test(path))).toEqual(
    [],
  );
  expect(files.filter((path) => /\.test\.|fixture|testing|trainer/.test(path))).toEqual([]);
  for (const path of files.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const whole = await readFile(join(client.installed, path), "utf8");
    const text = whole.replaceAll(/\/\*[\s\S]*?\*\//g, "");
    const imported = [...text.matchAll(/^(?:import|export) (?:[^"]*? from )?"([^"]+)"/gm)];
    const others = imported.map(([, from]) => from!).filter((from) => !from.startsWith("."));
    expect(
      others.filter((from) => !from.startsWith("@tensorflow/") && !from.startsWith("node:")),
      path,
    ).toEqual([]);
  }
});

it("has documentation whose links lead somewhere", async () => {
  const pages = files.filter((path) => path.endsWith(".md"));
  expect(pages.length).toBeGreaterThanOrEqual(9);
  for (const path of pages) {
    const text = await readFile(join(client.installed, path), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, to]) =>
      posix.join(posix.dirname(path), to!),
    );
    expect(
      links.filter((to) => !files.includes(to)),
      path,
    ).toEqual([]);
  }
});

it("has entries for browsers that need nothing of Node's, whatever is imported of them", async () => {
  const browsers = entries.filter(({ subpath }) => subpath !== "./node");
  const all = browsers.map((entry) => `export * from "${specifierOf(entry)}";`).join("\n");
  const { errors, warnings } = await build({
    stdin: { contents: all, resolveDir: client.folder },
    bundle: true,
    format: "esm",
    platform: "browser",
    external: ["@tensorflow/*"],
    write: false,
    logLevel: "silent",
  });
  expect([...errors, ...warnings].filter(({ id }) => id !== "ambiguous-reexport")).toEqual([]);
});

it("exports what the sources export, under every subpath", async () => {
  const program = `const all = {};
    for (const name of ${JSON.stringify(entries.map(specifierOf))}) all[name] = Object.keys(await import(name)).toSorted();
    process.stdout.write(JSON.stringify(all));`;
  const run = async (folder: string) =>
    JSON.parse(await runProgram(program, folder)) as Record<string, string[]>;
  const published = await run(client.folder);
  expect(published).toEqual(await run(top));
  expect(published["@lectern/client"]).toEqual(expect.arrayContaining(["LecternError", "connect"]));
});

it("is described in docs/client/api.md as it is (npm run docs:client-api writes it anew)", async () => {
  const reference = await readFile(join(top, "docs/client/api.md"), "utf8");
  const now = await describeClient(client.installed);
  const [said, is] = [reference, now].map((text) => text.split("\n"));
  const firstDifference = is!.findIndex((line, i) => line !== said![i]);
  expect(firstDifference < 0 ? "" : is![firstDifference]).toBe(
    firstDifference < 0 ? "" : said![firstDifference],
  );
  expect(reference.length).toBe(now.length);
});

/** What a page with this program loads at once, TensorFlow.js apart: bundled by esbuild, minified by terser. */
async function bundle(code: string): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: client.folder },
    absWorkingDir: client.folder,
    outdir: client.folder,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    external: ["@tensorflow/*", "node:*"],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const { outputs } = metafile;
  const atStart = new Set(["stdin.js"]);
  for (const path of atStart)
    for (const { kind, path: other, external } of outputs[path]!.imports)
      if (kind === "import-statement" && !external) atStart.add(other);
  const texts = outputFiles.filter(({ path }) => atStart.has(path.slice(client.folder.length + 1)));
  return Promise.all(
    texts.map(
      async ({ text }) => (await minify(text, { module: true, ecma: 2020, compress: { passes: 4 } })).code!,
    ),
  );
}

const gzippedAll = (codes: readonly string[]): number => codes.reduce((sum, code) => sum + gzipped(code), 0);

it("is as small as its sources", async () => {
  const code = await bundle('export * from "@lectern/client";');
  // A line in every chunk imports TensorFlow.js, until that is bundled, too: 0.1 KB.
  expect(gzippedAll(code)).toBeLessThanOrEqual(ceilings.client["index.ts"] * 1.01);
});

it("has no cycle among its files, which would begin before they are ready", async () => {
  const imports = new Map<string, string[]>();
  for (const path of files.filter((name) => name.endsWith(".js"))) {
    const text = await readFile(join(client.installed, path), "utf8");
    const found = [...text.matchAll(/^(?:import|export) [^"\n]*"(\.[^"]+)";$/gm)];
    imports.set(
      path,
      found.map(([, from]) => posix.join(posix.dirname(path), from!)),
    );
  }
  // Files whose imports are all placed are placed; what is left over goes in circles.
  const placed = new Set<string>();
  for (let before = -1; before < placed.size;) {
    before = placed.size;
    for (const [path, from] of imports) if (from.every((name) => placed.has(name))) placed.add(path);
  }
  expect([...imports.keys()].filter((path) => !placed.has(path))).toEqual([]);
  expect(imports.size).toBeGreaterThan(20);
});

it("is tree-shakeable: of what isn't used, nothing is bundled", async () => {
  expect(gzippedAll(await bundle('export { isLecternError } from "@lectern/client";'))).toBeLessThan(200);
});

it("does nothing at import: no kernel, no global, no tensor", async () => {
  // There is no backend: a tensor would throw.
  const program = `import * as tf from "@tensorflow/tfjs-core";
    const look = () => JSON.stringify([
      ["cpu", "wasm", "webgl", "webgpu"].map((name) => tf.getKernelsForBackend(name).length),
      Reflect.ownKeys(globalThis).map(String),
    ]);
    const before = look();
    for (const name of ${JSON.stringify(entries.map(specifierOf))}) await import(name);
    process.stdout.write(JSON.stringify([before, look()]));`;
  const [before, after] = JSON.parse(await runProgram(program, client.folder)) as [string, string];
  expect(after).toBe(before);
});

// The documentation's programs are type-checked by the resolution of bundlers.
it("type-checks in a strict project, by Node's resolution", async () => {
  const uses = entries.map(
    (entry, i) => `import * as part${i} from "${specifierOf(entry)}";\nexport { part${i} };\n`,
  );
  const example = `
    import { connect, type TeachResult } from "@lectern/client";
    import type { LayersModel } from "@tensorflow/tfjs-layers";
    export async function learn(model: LayersModel, x: number[][], y: number[]): Promise<TeachResult> {
      const teacher = await connect("https://teachers.example").teacher("glyphs@^1.0");
      const version: string = teacher.manifest.version;
      const format: "lectern-teacher" = teacher.manifest.format;
      // @ts-expect-error a class count is a number: the types aren't any
      const classes: string = teacher.manifest.classes.count;
      return teacher.teach(model, { train: { x, y }, onWarning: ({ message }) => void [message, version, format, classes] });
    }`;
  await writeFile(join(client.folder, "use.ts"), `${uses.join("")}${example}`);
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
  };
  const config = join(client.folder, "tsconfig.json");
  await writeFile(config, JSON.stringify({ compilerOptions, files: ["use.ts"] }));
  const compiler = join(top, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", config], {
    cwd: client.folder,
  }).catch((error: { stdout: string }) => error);
  // TensorFlow.js' own declarations clash with TypeScript's of WebGPU.
  const ours = stdout.split("\n").filter((line) => /^(use\.ts|node_modules\/@lectern)/.test(line));
  expect(ours).toEqual([]);
});
