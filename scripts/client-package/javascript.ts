import { join } from "node:path";
import { rolldown } from "rolldown";
import { client, type PackageEntry } from "./manifest.ts";

/**
 * The sources share one namespace object, `tf` of @lectern/shared/tensorflow. In the package every file imports the
 * namespace itself: a bundler then sees which operations are used, and leaves the rest of TensorFlow.js out (esbuild
 * doesn't see it through a re-export: 18 KB gzipped of a page).
 */
const importTensorflow = (code: string) => ({
  code: code.replace(
    'import { tf } from "@lectern/shared/tensorflow";',
    'import * as tf from "@tensorflow/tfjs-core";',
  ),
  // Within one line: every line stays where it is.
  map: null,
});

export interface BuiltJavaScript {
  /** Contents by path below the package's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Others' packages that something of is in it. */
  readonly packages: readonly string[];
}

/**
 * The package's JavaScript: a file for each entry, and chunks for what several entries share, so that a class or a map
 * is there once whichever of them a page loads, and a page without a bundler asks for few files. Rolldown, since
 * esbuild cuts chunks along index files, which then hold what an entry doesn't use (1.4 KB gzipped of `.`). Not minified:
 * whoever bundles it does that, and whoever debugs it reads it; source maps hold the TypeScript.
 */
export async function buildJavaScript(entries: readonly PackageEntry[]): Promise<BuiltJavaScript> {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map(({ name, source }) => [name, join(client, source)])),
    cwd: client,
    external: [/^@tensorflow\//, /^node:/],
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
    plugins: [{ name: "tensorflow-by-name", transform: importTensorflow }],
    treeshake: { moduleSideEffects: false },
    onLog(level, log) {
      if (level === "warn") throw new Error(`The client can't be bundled as it is: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.generate({
      dir: join(client, "dist"),
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[hash].js",
      sourcemap: true,
    });
    const modules = output.flatMap((file) => (file.type === "chunk" ? Object.keys(file.modules) : []));
    const packages = modules.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? [],
    );
    return {
      files: new Map(
        output.map((file) => [file.fileName, file.type === "chunk" ? file.code : String(file.source)]),
      ),
      packages: [...new Set(packages)].toSorted(),
    };
  } finally {
    await bundle.close();
  }
}
