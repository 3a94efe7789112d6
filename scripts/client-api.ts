import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { API, type Checker, SymbolFlags, type Symbol as TypeScriptSymbol } from "typescript/unstable/sync";
import { buildClient } from "./build-client.ts";
import { type PackageEntry, readEntries, typesOf } from "./client-package/manifest.ts";

const page = fileURLToPath(new URL("../docs/client/api.md", import.meta.url));

/** What each entry is for, in a line. An entry that isn't here stops the generator: say what it is for. */
const purposes: Readonly<Record<string, string>> = {
  ".": "Pull a teacher, verify it, and let it teach.",
  "./backends": "The fastest backend of TensorFlow.js that works here.",
  "./classroom": "What the code of a lesson that was downloaded from the page runs on.",
  "./connect": "A connection that also lists teachers and their releases; publishing; caches and pins.",
  "./dataset": "Lessons on a tf.data.Dataset.",
  "./families": "Further loss families.",
  "./fixed": "The same loop with a loss that doesn't change, to compare with.",
  "./glyphs": "Labelled images drawn from a seed.",
  "./inspect": "What a teacher does over training, in numbers and words.",
  "./kernels": "Kernels that training needs and TensorFlow.js' Wasm and WebGPU backends lack.",
  "./lesson": "The loop's own parts, for meta-training and evaluation.",
  "./manage": "What a teacher's owner does at an API.",
  "./node": "What only files can do.",
  "./offline": "Teachers that need no network once they were pulled.",
  "./optimizers": "The rest of tf.train's optimizers, for teachers whose recipes name them.",
  "./report": "How a teacher did, told to the API with its user's consent.",
  "./resume": "Lessons that are saved, and go on with the same bits.",
  "./worker": "A page's side of lessons in a Web Worker.",
  "./worker/serve": "The worker's side of them.",
};

/**
 * The reference of @lectern/client: every export of every entry, with its declaration and what its comment says first.
 * Made of the declarations that are published.
 *
 * @param built a folder that `buildClient` made
 * @returns the text of docs/client/api.md
 */
export async function describeClient(built: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-reference-"));
  const config = join(folder, "tsconfig.json");
  const compilerOptions = { module: "nodenext", types: [] };
  await writeFile(config, JSON.stringify({ compilerOptions, include: [join(built, "types/**/*.d.ts")] }));
  const api = new API({ cwd: folder });
  try {
    const { checker, program } = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]!;
    const describing = { checker, seen: new Map<TypeScriptSymbol, string>() };
    const parts = (await readEntries()).map((entry) => {
      const file = program.getSourceFile(join(built, typesOf(entry)))!;
      const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!);
      return describeEntry(entry, symbols, describing);
    });
    return `${[head, ...parts, describeOthers(describing, `${built}/types`)].join("\n\n")}\n`;
  } finally {
    api.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const head = `# Reference of @lectern/client

Every export of every entry, from the types that are published. Made by \`npm run docs:client-api\`; a test fails where it
isn't as the code is.`;

interface Describing {
  readonly checker: Checker;
  /** The entries that have described a symbol already, by the symbol. */
  readonly seen: Map<TypeScriptSymbol, string>;
}

function describeEntry(
  entry: PackageEntry,
  symbols: readonly TypeScriptSymbol[],
  { checker, seen }: Describing,
): string {
  const specifier = `@lectern/client${entry.subpath.slice(1)}`;
  const purpose = purposes[entry.subpath];
  if (purpose === undefined) throw new Error(`scripts/client-api.ts doesn't say what ${specifier} is for.`);
  const sorted = symbols.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const texts = sorted.map((symbol) => {
    const original = resolve(symbol, checker);
    const before = seen.get(original);
    if (before !== undefined) return `### ${symbol.name}\n\nAs in \`${before}\`.`;
    seen.set(original, specifier);
    return describeSymbol(symbol.name, original, checker);
  });
  return [`## ${specifier}`, purpose, ...texts].join("\n\n");
}

const resolve = (symbol: TypeScriptSymbol, checker: Checker): TypeScriptSymbol =>
  symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Types of ours that declarations name and no entry exports, and what these name, and so on. */
function describeOthers({ checker, seen }: Describing, folder: string): string {
  const others = new Map<TypeScriptSymbol, string>();
  const waiting = [...seen.keys()];
  for (const symbol of waiting)
    for (const declaration of symbol.declarations.map((handle) => handle.resolve()!)) {
      const code = declaration.getText().replaceAll(/\/\*[\s\S]*?\*\/|"[^"]*"/g, "");
      for (const [word] of code.matchAll(/(?<![.\w])[A-Z]\w+/g)) {
        const found = checker.resolveName(word, SymbolFlags.Type, declaration);
        const original = found && resolve(found, checker);
        const path = original?.declarations[0]?.path;
        if (!original || !path?.startsWith(folder) || seen.has(original) || others.has(original)) continue;
        // A type parameter is explained where it is used.
        if (original.flags & SymbolFlags.TypeParameter) continue;
        others.set(original, word);
        waiting.push(original);
      }
    }
  const sorted = [...others].toSorted(([, a], [, b]) => (a < b ? -1 : 1));
  return [
    "## Types that these name",
    "No entry exports them by name.",
    ...sorted.map(([symbol, name]) => describeSymbol(name, symbol, checker)),
  ].join("\n\n");
}

function describeSymbol(name: string, symbol: TypeScriptSymbol, checker: Checker): string {
  const declarations = symbol.declarations.map((handle) => handle.resolve()!.getText());
  const code = declarations.map((text) => text.replace(/^export (declare )?|^declare /, "")).join("\n");
  const [first = ""] = symbol
    .getDocumentationComment(checker)
    .trim()
    .split(/\n\s*\n/);
  const tags = symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === "throws" || tag.name === "returns")
    .map((tag) => `- ${tag.name}: ${unwrap(tag.text ?? "")}`);
  return [`### ${name}`, `\`\`\`ts\n${code}\n\`\`\``, unwrap(first), tags.join("\n")]
    .filter((text) => text !== "")
    .join("\n\n");
}

const unwrap = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " ");

if (import.meta.main) {
  const outDir = fileURLToPath(new URL("../client/dist", import.meta.url));
  await buildClient({ outDir });
  const text = await describeClient(outDir);
  await writeFile(page, text);
  process.stdout.write(`docs/client/api.md: ${text.split("\n").length} lines\n`);
}
