import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildDeclarations } from "./client-package/declarations.ts";
import { buildJavaScript } from "./client-package/javascript.ts";
import { client, publishedManifest, readEntries } from "./client-package/manifest.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

export interface BuiltClient {
  /** Paths inside the folder, in order. */
  readonly files: readonly string[];
}

/**
 * Builds @lectern/client as it is published: a folder for `npm pack` or `npm publish`, with JavaScript, source maps,
 * declarations, the documentation, and a package.json of its own. An earlier build goes away once this one is whole.
 *
 * @param options.outDir the folder; client/dist by default
 * @example
 * ```ts
 * await buildClient({ outDir: "client/dist" });
 * ```
 */
export async function buildClient({ outDir = join(client, "dist") } = {}): Promise<BuiltClient> {
  const entries = await readEntries();
  const [manifest, javaScript, declarations, documents] = await Promise.all([
    publishedManifest(entries),
    buildJavaScript(entries),
    buildDeclarations(entries),
    readDocuments(),
  ]);
  const files = new Map<string, Uint8Array | string>([
    ["package.json", `${JSON.stringify(manifest, null, 2)}\n`],
    ...documents,
    ...javaScript,
    ...declarations,
  ]);
  const partial = `${outDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  for (const [path, contents] of files) {
    await mkdir(dirname(join(partial, path)), { recursive: true });
    await writeFile(join(partial, path), contents);
  }
  await rm(outDir, { recursive: true, force: true });
  await rename(partial, outDir);
  return { files: [...files.keys()].toSorted() };
}

/** What is read, not run: the README, its pages beside it, and the licences of all that is bundled. */
async function readDocuments(): Promise<[string, string][]> {
  const pages = join(top, "docs/client");
  const names = (await readdir(pages)).filter((name) => name.endsWith(".md"));
  const [readme, licence, random, ...texts] = await Promise.all(
    [
      join(client, "README.md"),
      join(top, "LICENSE"),
      join(top, "node_modules/pure-rand/LICENSE"),
      ...names.map((name) => join(pages, name)),
    ].map((path) => readFile(path, "utf8")),
  );
  return [
    ["README.md", readme!.replaceAll("](../docs/client/", "](docs/")],
    ["LICENSE", `${licence!.trimEnd()}\n\n---\n\nIncludes parts of pure-rand:\n\n${random!}`],
    ...names.map((name, i): [string, string] => [`docs/${name}`, texts[i]!]),
  ];
}

if (import.meta.main) {
  const { files } = await buildClient();
  process.stdout.write(`client/dist: ${files.length} files, ready for npm publish client/dist\n`);
}
