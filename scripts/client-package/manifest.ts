import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const client = fileURLToPath(new URL("../../client", import.meta.url));

/** An entry of the package: `@lectern/client/connect` is `{ name: "connect", source: "src/connect/index.ts" }`. */
export interface PackageEntry {
  readonly subpath: string;
  /** Of the file that it is published as, without its ending. */
  readonly name: string;
  /** Below client/. */
  readonly source: string;
}

interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

const readSource = async (): Promise<SourceManifest> =>
  JSON.parse(await readFile(join(client, "package.json"), "utf8")) as SourceManifest;

/** Whatever client/package.json exports: a new subpath is published by being there. */
export async function readEntries(): Promise<readonly PackageEntry[]> {
  const { exports } = await readSource();
  return Object.entries(exports).map(([subpath, target]) => {
    const source = target.replace(/^\.\//, "");
    return { subpath, name: subpath === "." ? "index" : subpath.slice(2), source };
  });
}

/** Where the types of an entry are, below the package's folder. */
export const typesOf = ({ source }: PackageEntry): string =>
  `types/client/${dirname(source)}/${basename(source, ".ts")}.d.ts`;

/**
 * The package.json to publish. In the repository the package exports its sources; npm has no other exports for what is
 * published, so that what is published has a package.json of its own. @lectern/shared and pure-rand are bundled:
 * nothing but TensorFlow.js is left to install.
 */
export async function publishedManifest(entries: readonly PackageEntry[]): Promise<Record<string, unknown>> {
  const { name, version, description, license, peerDependencies, peerDependenciesMeta } = await readSource();
  return {
    name,
    version,
    description,
    keywords: ["tensorflow.js", "meta-learning", "loss-functions", "training", "browser"],
    license,
    type: "module",
    sideEffects: false,
    exports: {
      ...Object.fromEntries(
        entries.map((entry) => [
          entry.subpath,
          { types: `./${typesOf(entry)}`, default: `./${entry.name}.js` },
        ]),
      ),
      "./package.json": "./package.json",
    },
    engines: { node: ">=22" },
    peerDependencies,
    ...(peerDependenciesMeta && { peerDependenciesMeta }),
  };
}
