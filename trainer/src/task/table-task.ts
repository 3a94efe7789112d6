import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import {
  findTableFolder,
  knownTables,
  readTable,
  tableSource,
  type TableName,
  type TableSource,
} from "../data/index.ts";
import type { TaskSpec } from "./spec.ts";
import type { TaskData } from "./task.ts";

/** A CSV file, gzipped or not, or a description of some: a `.table.json`. */
export const isTablePath = (path: string): boolean => /\.(?:[ct]sv(?:\.gz)?|table\.json)$/i.test(path);

export async function loadKnownTable(
  spec: TaskSpec,
  name: TableName,
  { dataDir }: { readonly dataDir?: string | undefined },
): Promise<TaskData> {
  return taskOf(spec, await findTableFolder(name, { dataDir }), knownTables[name]);
}

/** @throws LecternError for a description that isn't one, and whatever {@link readTable} says */
export async function loadTable(spec: TaskSpec): Promise<TaskData> {
  const path = resolve(spec.name);
  const source = path.endsWith(".table.json")
    ? await readSource(path)
    : tableSource.parse({ train: [path.replace(/\.gz$/, "")] });
  // A file that is named whole is found from any folder.
  return taskOf(spec, path.endsWith(".table.json") ? dirname(path) : "", source);
}

async function taskOf(spec: TaskSpec, folder: string, source: TableSource): Promise<TaskData> {
  const { train, test } = await readTable(folder, source);
  return {
    spec,
    train,
    test,
    note: test ? null : "Test examples are held out of the table's rows.",
  };
}

async function readSource(path: string): Promise<TableSource> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new LecternError("not-found", `There is no table description ${path}.`, "Name an existing file.", {
      cause,
    });
  });
  const refuse = (problem: string, cause?: unknown) =>
    new LecternError("invalid-data", `${path} ${problem}.`, "See docs/tasks.md.", { cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("isn't JSON", cause);
  }
  const parsed = tableSource.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0]!;
  throw refuse(`isn't a table's description: ${at.length > 0 ? `${at.join(".")}: ` : ""}${message}`);
}
