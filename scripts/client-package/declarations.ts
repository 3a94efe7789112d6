import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type PackageEntry, typesOf } from "./manifest.ts";
import { writeOutSchemaTypes } from "./schema-types.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const schema = "types/shared/schema/index.d.ts";

/** `{ names } from "…"`. */
const named = /\{([^}]*)\} from "([^"]+)"/g;

/** `from "…"`, `import("…")` and `import "…"`. */
const specifier = /(?<=\bfrom |\bimport\(|\bimport )"([^"]+)"/g;

/**
 * The package's declarations, laid out as the sources are: those that the entries reach. Imports of `.ts` become imports
 * of `.js`, those of @lectern/shared relative ones; the schemas' types are written out.
 *
 * @returns texts by path below the package's folder
 */
export async function buildDeclarations(entries: readonly PackageEntry[]): Promise<Map<string, string>> {
  const emitted = await mkdtemp(join(tmpdir(), "lectern-types-"));
  try {
    const compiler = join(top, "node_modules/typescript/bin/tsc");
    const config = join(top, "scripts/client-package/tsconfig.json");
    const complaints = await complaintsOf([compiler, "-p", config, "--outDir", emitted]);
    const files = new Map<string, string>();
    const schemaNames = new Set<string>();
    const waiting = entries.map(typesOf);
    for (const path of waiting) {
      if (files.has(path) || path === schema) continue;
      const text = await readFile(join(emitted, relative("types", path)), "utf8");
      for (const [, names, from] of text.matchAll(named))
        if (targetOf(from!, path) === schema)
          for (const name of names!.split(",")) schemaNames.add(name.trim().replace(/ as .*|^type /, ""));
      const rewritten = text.replaceAll(specifier, (_, from: string) => {
        const target = targetOf(from, path);
        if (target === undefined) return `"${from}"`;
        waiting.push(target);
        return `"${importPath(path, target)}"`;
      });
      files.set(path, rewritten);
    }
    // The compiler looks at all sources; what no entry reaches isn't published.
    const sources = new Set(
      [...files.keys()].map((path) => relative("types", path).replace(/\.d\.ts$/, ".ts")),
    );
    const wrong = complaints.filter((line) => sources.has(line.split("(")[0]!));
    if (wrong.length > 0) throw new Error(`The client has type errors:\n${wrong.join("\n")}`);
    schemaNames.delete("");
    if (schemaNames.size > 0) files.set(schema, writeOutSchemaTypes(schemaNames));
    return files;
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
}

/** Lines such as `client/src/index.ts(1,2): error TS…`; it emits all the same. */
async function complaintsOf(args: string[]): Promise<string[]> {
  try {
    await promisify(execFile)(process.execPath, args, { cwd: top });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (!stdout) throw error;
    return stdout.split("\n").filter((line) => line.includes(": error TS"));
  }
}

/** The declaration file that an import means; undefined for those of other packages. */
function targetOf(from: string, importer: string): string | undefined {
  const [, part] = /^@lectern\/shared\/(\w+)$/.exec(from) ?? [];
  const path = part === undefined ? posix.join(dirname(importer), from) : `types/shared/${part}/index.ts`;
  if (part === undefined && !from.startsWith(".")) return undefined;
  return path.startsWith("types/shared/schema/") ? schema : path.replace(/\.ts$/, ".d.ts");
}

function importPath(importer: string, target: string): string {
  const path = posix.relative(dirname(importer), target).replace(/\.d\.ts$/, ".js");
  return path.startsWith(".") ? path : `./${path}`;
}
