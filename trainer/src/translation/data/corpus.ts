import { join, resolve } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { readDataFile } from "../../data/read-file.ts";

/** Sentence pairs: line i of one file and line i of the other. */
export interface Corpus {
  readonly name: CorpusName;
  readonly split: string;
  readonly source: readonly string[];
  readonly target: readonly string[];
}

export type CorpusName = "multi30k" | "iwslt14-de-en";

interface Layout {
  /** Folders inside of a data folder where it is looked for. */
  readonly folder: string;
  /** Split to the file's name without its language; the first is what a student learns from. */
  readonly splits: Readonly<Record<string, string>>;
  readonly read: (line: string) => string;
}

const layouts: Readonly<Record<CorpusName, Layout>> = {
  multi30k: {
    folder: "multi30k",
    splits: {
      train: "train",
      valid: "val",
      test: "test_2016_flickr",
      "test-2017": "test_2017_flickr",
      "test-2018": "test_2018_flickr",
      "test-coco": "test_2017_mscoco",
    },
    read: (line) => line.trim(),
  },
  "iwslt14-de-en": {
    folder: "iwslt14-de-en",
    splits: { train: "train.sample", valid: "valid", test: "test" },
    // Moses's escapes, as `prepare-iwslt14.sh` leaves them.
    read: (line) =>
      line
        .replaceAll("&apos;", "'")
        .replaceAll("&quot;", '"')
        .replaceAll("&#91;", "[")
        .replaceAll("&#93;", "]")
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&#124;", "|")
        .replaceAll("&amp;", "&")
        .trim(),
  },
};

export const corpusNames = Object.keys(layouts) as CorpusName[];

export interface CorpusOptions {
  /** From `--data-dir`; it wins over LECTERN_DATA. The corpus is looked for in it and in its subfolder. */
  readonly dataDir?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * German sentences and their English translations: Multi30k task 1 (Elliott et al. 2016; raw text) or IWSLT-14
 * (Cettolo et al. 2014; Moses-tokenised, lower case, its escapes undone). Files may be gzipped.
 *
 * @param split `train`, `valid`, `test`; multi30k also `test-2017`, `test-2018`, `test-coco`
 * @throws LecternError `invalid-argument` (unknown corpus or split), `not-found` (files), `invalid-data`: damaged, empty,
 *   or files whose lines don't pair up
 * @example
 * ```ts
 * const { source, target } = await readCorpus("multi30k", "valid", { dataDir: "../shared/data" });
 * source.length; // 1014
 * ```
 */
export async function readCorpus(
  name: string,
  split: string,
  { dataDir, environment = process.env }: CorpusOptions = {},
): Promise<Corpus> {
  const known = corpusNames.find((each) => each === name);
  if (!known)
    throw new LecternError(
      "invalid-argument",
      `Unknown corpus "${name}".`,
      `Choose ${corpusNames.join(" or ")}.`,
    );
  const { folder, splits, read } = layouts[known];
  const stem = Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (stem === undefined)
    throw new LecternError(
      "invalid-argument",
      `The corpus ${name} has no split "${split}".`,
      `Choose one of ${Object.keys(splits).join(", ")}.`,
    );
  const root = dataDir ?? environment["LECTERN_DATA"];
  if (!root)
    throw new LecternError(
      "not-found",
      `No folder to read ${name} from was named.`,
      "Name it with --data-dir or LECTERN_DATA.",
    );
  const [source, target] = [`${stem}.de`, `${stem}.en`];
  const at = await folderWith([join(resolve(root), folder), resolve(root)], source);
  const [a, b] = [await readLines(at, source, read), await readLines(at, target, read)];
  if (a.length !== b.length)
    throw new LecternError(
      "invalid-data",
      `${join(at, source)} has ${a.length} lines and ${target} has ${b.length}, expected as many: line i of one translates line i of the other.`,
      "Fetch both files anew, from the same release.",
    );
  const empty = a.findIndex((line, i) => line === "" || b[i] === "");
  if (a.length === 0 || empty >= 0)
    throw new LecternError(
      "invalid-data",
      a.length === 0
        ? `${join(at, source)} has no lines.`
        : `Line ${empty + 1} of ${join(at, source)} or of ${target} is empty.`,
      "Fetch both files anew, or remove the pair from both.",
    );
  return { name: known, split, source: a, target: b };
}

/** The first folder that has the file; where none has, the error of the last. */
async function folderWith(folders: readonly string[], file: string): Promise<string> {
  let failure: unknown;
  for (const folder of folders)
    try {
      await readDataFile(folder, file);
      return folder;
    } catch (error) {
      if (!(error instanceof LecternError) || error.code !== "not-found") throw error;
      failure = error;
    }
  throw failure;
}

async function readLines(folder: string, file: string, read: (line: string) => string): Promise<string[]> {
  const { bytes, path } = await readDataFile(folder, file);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LecternError("invalid-data", `${path} isn't UTF-8.`, "Fetch the file anew.", { cause });
  }
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map(read);
}
