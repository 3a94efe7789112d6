import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  API,
  type Checker,
  type Symbol as TypeScriptSymbol,
  SymbolFlags,
  type Type,
} from "typescript/unstable/sync";

const top = fileURLToPath(new URL("../..", import.meta.url));
const config = join(top, "scripts/client-package/tsconfig.json");

/**
 * The types that shared/schema infers from its zod schemas, written out: whoever installs the client has no zod, not
 * even for its types. Comments at the schemas' fields stay at the types' fields.
 *
 * @param wanted their names; what these need comes too
 * @returns the text of a declaration file
 */
export function writeOutSchemaTypes(wanted: ReadonlySet<string>): string {
  const api = new API({ cwd: top });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]!;
    const { checker, program } = project;
    const file = program.getSourceFile(join(top, "shared/schema/index.ts"))!;
    const types = checker
      .getExportsOfModule(checker.getSymbolAtLocation(file)!)
      .filter(({ name }) => /^[A-Z]/.test(name))
      .map((symbol) => ({
        name: symbol.name,
        type: checker.getDeclaredTypeOfSymbol(original(checker, symbol)),
      }));
    const names = new Map(types.map(({ name, type }) => [type.id, name]));
    const texts = new Map(
      types.map(({ name, type }) => {
        const others = new Map([...names].filter(([id]) => id !== type.id));
        return [name, print(type, { checker, names: others })];
      }),
    );
    const needed = [...reach(wanted, texts)].toSorted();
    return needed.map((name) => `export type ${name} = ${texts.get(name)};\n`).join("");
  } finally {
    api.close();
  }
}

/** Names, and those that their texts name, and so on. */
function reach(wanted: ReadonlySet<string>, texts: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set(wanted);
  for (const name of found)
    for (const [word] of (texts.get(name) ?? "").matchAll(/(?<=[ (])[A-Z]\w+/g))
      if (texts.has(word)) found.add(word);
  return found;
}

interface Printing {
  readonly checker: Checker;
  /** Types that have a name of their own, which then stands for them. */
  readonly names: ReadonlyMap<number, string>;
}

/** NodeBuilderFlags.NoTruncation. */
const inFull = 1;

function original(checker: Checker, symbol: TypeScriptSymbol): TypeScriptSymbol {
  return symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function print(type: Type, printing: Printing, indent = ""): string {
  const { checker, names } = printing;
  const name = names.get(type.id);
  if (name !== undefined) return name;
  if (type.isUnionType() && type.getTypes().some((member) => member.isObjectType())) {
    const members = type.getTypes().map((member) => print(member, printing, indent));
    return [...members.filter((text) => text !== "null"), ...(members.includes("null") ? ["null"] : [])].join(
      " | ",
    );
  }
  if (checker.isArrayType(type) && type.isTypeReference()) {
    const [element] = checker.getTypeArguments(type);
    const text = print(element!, printing, indent);
    return element!.isUnionType() && !names.has(element!.id) ? `(${text})[]` : `${text}[]`;
  }
  const isPlain = type.isObjectType() && type.getAliasSymbol()?.name !== "Record";
  return isPlain ? printObject(type, printing, indent) : checker.typeToString(type, undefined, inFull);
}

function printObject(type: Type, printing: Printing, indent: string): string {
  const { checker } = printing;
  const inner = `${indent}  `;
  const lines = checker.getPropertiesOfType(type).map((property) => {
    const comment = property.getDocumentationComment(checker).trim().replaceAll("\n", " ");
    const optional = property.flags & SymbolFlags.Optional ? "?" : "";
    const value = print(checker.getTypeOfSymbol(property)!, printing, inner);
    return `${comment && `${inner}/** ${comment} */\n`}${inner}${property.name}${optional}: ${value};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}
