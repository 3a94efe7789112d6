import { readFile } from "node:fs/promises";

/** A page of the documentation as what runs of it. */
export interface Page {
  /** Code by file name: blocks of one file are one program. A block is main.ts, or what `file=` beside its language says. */
  readonly files: ReadonlyMap<string, string>;
  /** Whole HTML pages. */
  readonly html: readonly string[];
}

const block = /^```(ts|js|html)(?: file=(\S+))?\n([\s\S]*?)^```$/gm;
const printing = /console\.log\([^\n]*\);[ \t]*\/\/ (.+)$/gm;

export async function readPage(path: URL): Promise<Page> {
  const text = await readFile(path, "utf8");
  const files = new Map<string, string>();
  const html: string[] = [];
  for (const [, language, file = "main.ts", code] of text.matchAll(block))
    if (language === "html") html.push(code!);
    else files.set(file, `${files.get(file) ?? ""}${code}\n`);
  return { files, html };
}

/**
 * What a program's text says that it prints (`console.log(…); // …`, where "…" stands for anything) and what it printed
 * instead: lines of the text that aren't among the printed ones, taken in order.
 */
export function unprinted(code: string, lines: readonly string[]): readonly string[] {
  let from = 0;
  return [...code.matchAll(printing)].flatMap(([, said]) => {
    const pattern = toPattern(said!);
    const at = lines.findIndex((line, i) => i >= from && pattern.test(line.trim()));
    if (at < 0) return [`${said} (printed: ${lines.slice(from).join("; ")})`];
    from = at + 1;
    return [];
  });
}

function toPattern(line: string): RegExp {
  const parts = line
    .trim()
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`);
}
