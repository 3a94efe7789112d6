import { join } from "node:path";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { type InlineConfig, build as vite } from "vite";
import webpack from "webpack";

/** A bundler with the settings that it comes with: from an entry of the app to a folder with entry.js. */
export type Bundle = (app: string, entry: string, out: string) => Promise<void>;

/** webpack's minifier takes ten seconds for TensorFlow.js: only the soak has it. */
export interface WebpackOptions {
  readonly minimize: boolean;
}

const withEsbuild: Bundle = async (app, entry, out) => {
  await esbuild({
    entryPoints: { entry: join(app, entry) },
    absWorkingDir: app,
    bundle: true,
    format: "esm",
    minify: true,
    outdir: out,
    logLevel: "silent",
  });
};

const withVite: Bundle = async (app, entry, out) => {
  await vite({
    root: app,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: {
      outDir: out,
      emptyOutDir: true,
      rolldownOptions: { input: join(app, entry), output: { entryFileNames: "entry.js" } },
    },
  });
};

export const webpackWith =
  ({ minimize }: WebpackOptions): Bundle =>
  async (app, entry, out) => {
    const compiler = webpack({
      mode: "production",
      context: app,
      entry: `./${entry}`,
      output: { path: out, filename: "entry.js" },
      optimization: { minimize },
      performance: false,
    })!;
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    if (stats?.hasErrors() || stats?.hasWarnings())
      throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
  };

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: withEsbuild,
  Vite: withVite,
  webpack: webpackWith({ minimize: false }),
};

/**
 * Bundles a program of a user's project with Vite, and the project's vite.config.js where there is one.
 * @returns the text of all its chunks
 */
export async function bundleWithVite(folder: string, entry: string): Promise<string> {
  const path = join(folder, "vite.config.js");
  const config = existsSync(path)
    ? ((await import(pathToFileURL(path).href)) as { default: InlineConfig }).default
    : {};
  const result = await vite({
    ...config,
    root: folder,
    configFile: false,
    logLevel: "error",
    build: { write: false, rolldownOptions: { input: join(folder, entry) } },
  });
  return [result]
    .flat()
    .flatMap((built) => ("output" in built ? built.output : []))
    .map((file) => (file.type === "chunk" ? file.code : ""))
    .join("");
}
