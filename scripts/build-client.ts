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
  const [manifest, javaScript, declarations] = await Promise.all([
    publishedManifest(entries),
    buildJavaScript(entries),
    buildDeclarations(entries),
  ]);
  const files = new Map<string, string>([
    ["package.json", `${JSON.stringify(manifest, null, 2)}\n`],
    ["LICENSE", await readLicences(javaScript.packages)],
    ...(await readPages()),
    ...javaScript.files,
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

/** The README and its pages, which lie beside it in the package. */
async function readPages(): Promise<[string, string][]> {
  const folder = join(top, "docs/client");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md"));
  const readme = await readFile(join(client, "README.md"), "utf8");
  return [
    ["README.md", readme.replaceAll("](../docs/client/", "](docs/")],
    ...(await Promise.all(
      names.map(async (name): Promise<[string, string]> => [
        `docs/${name}`,
        await readFile(join(folder, name), "utf8"),
      ]),
    )),
  ];
}

/** Ours, and those of all that is bundled. */
async function readLicences(packages: readonly string[]): Promise<string> {
  const ours = await readFile(join(top, "LICENSE"), "utf8");
  const others = await Promise.all(
    packages.map(async (name) => {
      const text = await readFile(join(top, "node_modules", name, "LICENSE"), "utf8");
      return `\n---\n\nIncludes parts of ${name}:\n\n${text.trimEnd()}\n`;
    }),
  );
  return [`${ours.trimEnd()}\n`, ...others].join("");
}

if (import.meta.main) {
  const { files } = await buildClient();
  process.stdout.write(`client/dist: ${files.length} files, ready for npm publish client/dist\n`);
}
