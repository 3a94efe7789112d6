import { join } from "node:path";
import { rolldown } from "rolldown";
import { client, type PackageEntry } from "./manifest.ts";

/**
 * The package's JavaScript: a file for each entry, and chunks for what several entries share, so that a class or a map
 * is there once whichever of them a page loads, and a page without a bundler asks for few files. Rolldown, since
 * esbuild cuts chunks along index files, which then hold what an entry doesn't use (1.4 KB gzipped of `.`). Not minified:
 * whoever bundles it does that, and whoever debugs it reads it; source maps hold the TypeScript.
 *
 * @returns contents by path below the package's folder
 */
export async function buildJavaScript(entries: readonly PackageEntry[]): Promise<Map<string, string>> {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map(({ name, source }) => [name, join(client, source)])),
    cwd: client,
    external: [/^@tensorflow\//, /^node:/],
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
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
    return new Map(
      output.map((file) => [file.fileName, file.type === "chunk" ? file.code : String(file.source)]),
    );
  } finally {
    await bundle.close();
  }
}
