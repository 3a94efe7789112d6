import { join } from "node:path";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { type InlineConfig, build as vite } from "vite";
import webpack from "webpack";

/** A bundler with the settings that it comes with: from entries of the app to files of the same names in a folder. */
export type Bundle = (app: string, entries: readonly string[], out: string) => Promise<void>;

const byName = (app: string, entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(entries.map((entry) => [entry.replace(/\.js$/, ""), join(app, entry)]));

const withEsbuild: Bundle = async (app, entries, out) => {
  await esbuild({
    entryPoints: byName(app, entries),
    absWorkingDir: app,
    bundle: true,
    format: "esm",
    minify: true,
    outdir: out,
    logLevel: "silent",
  });
};

const withVite: Bundle = async (app, entries, out) => {
  await vite({
    root: app,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: out,
      emptyOutDir: true,
      rolldownOptions: { input: byName(app, entries), output: { entryFileNames: "[name].js" } },
    },
  });
};

/** @param minimize webpack's minifier takes ten seconds for TensorFlow.js */
const webpackWith =
  ({ minimize }: { readonly minimize: boolean }): Bundle =>
  async (app, entries, out) => {
    const compiler = webpack({
      mode: "production",
      context: app,
      entry: byName(app, entries),
      output: { path: out, filename: "[name].js" },
      optimization: { minimize },
      performance: false,
    })!;
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    if (stats?.hasErrors() || stats?.hasWarnings())
      throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
  };

export const bundlers = {
  esbuild: withEsbuild,
  Vite: withVite,
  webpack: webpackWith({ minimize: false }),
  "webpack and its minifier": webpackWith({ minimize: true }),
} as const satisfies Record<string, Bundle>;

/** A bundle's files by name, and those that a page loads before anything happens. */
export interface ViteBundle {
  readonly files: ReadonlyMap<string, string>;
  readonly atStart: readonly string[];
}

/** Bundles a program of a user's project with Vite, and the project's vite.config.js where there is one. */
export async function bundleWithVite(folder: string, entry: string): Promise<ViteBundle> {
  const path = join(folder, "vite.config.js");
  const config = existsSync(path)
    ? ((await import(pathToFileURL(path).href)) as { default: InlineConfig }).default
    : {};
  const result = await vite({
    ...config,
    root: folder,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      rolldownOptions: { input: join(folder, entry), output: { entryFileNames: "entry.js" } },
    },
  });
  const chunks = [result]
    .flat()
    .flatMap((built) => ("output" in built ? built.output : []))
    .flatMap((file) => (file.type === "chunk" ? [file] : []));
  const atStart = new Set(["entry.js"]);
  for (const name of atStart)
    for (const imported of chunks.find(({ fileName }) => fileName === name)!.imports) atStart.add(imported);
  return {
    files: new Map(chunks.map(({ fileName, code }) => [fileName, code])),
    atStart: [...atStart],
  };
}
