import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { cifar10TrainFiles } from "./cifar10.ts";
import { cifar100Files } from "./cifar100.ts";
import { mnistFiles } from "./mnist.ts";
import { knownTables, type TableName } from "./table/table-source.ts";
import { hasDataFile } from "./read-file.ts";

/** Data sets that live in files. */
export type DownloadableName = "mnist" | "fashion-mnist" | "cifar10" | "cifar100";

/** Where each is looked for inside a data folder, and the file that tells that it is there. */
const layouts = {
  mnist: { subfolders: ["mnist"], probe: mnistFiles[0] },
  // Its files have MNIST's names: they are looked for where its own name stands.
  "fashion-mnist": { subfolders: ["fashion-mnist", "FashionMNIST/raw", "fashion"], probe: mnistFiles[0] },
  cifar10: { subfolders: ["cifar-10", "cifar10", "cifar-10-batches-bin"], probe: cifar10TrainFiles[0]! },
  cifar100: { subfolders: ["cifar-100", "cifar100", "cifar-100-binary"], probe: cifar100Files[0] },
} as const;

/** The subfolder that a download makes. */
export const downloadFolder = (name: DownloadableName): string => layouts[name].subfolders[0];

type Environment = Readonly<Record<string, string | undefined>>;

/** Where downloads go: $XDG_CACHE_HOME/lectern/data, else ~/.cache/lectern/data. */
export function cacheFolder(environment: Environment = process.env): string {
  return join(environment["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lectern", "data");
}

/** Options of {@link findDataFolder}. */
export interface FolderOptions {
  /** From `--data-dir`; it wins over LECTERN_DATA. */
  readonly dataDir?: string | undefined;
  readonly environment?: Environment;
}

/**
 * The folder with the files of a data set: `dataDir`, else LECTERN_DATA, itself or its subfolder `mnist`, `cifar-10`;
 * with neither given, the cache that downloads go to.
 *
 * @throws LecternError `not-found`, listing where it looked.
 */
export async function findDataFolder(
  name: DownloadableName,
  { dataDir, environment = process.env }: FolderOptions = {},
): Promise<string> {
  const { subfolders, probe } = layouts[name];
  const itself = name !== "fashion-mnist" || /fashion/i.test(dataDir ?? environment["LECTERN_DATA"] ?? "");
  return findFolder(`${name} data`, { subfolders, probe, itself }, { dataDir, environment });
}

/**
 * The folder of a known table: as {@link findDataFolder}, in the subfolder `tabular`. Tables aren't downloaded.
 * @throws LecternError `not-found`, listing where it looked.
 */
export async function findTableFolder(
  name: TableName,
  { dataDir, environment = process.env }: FolderOptions = {},
): Promise<string> {
  const layout = { subfolders: ["tabular"], probe: knownTables[name].train[0]!, itself: true };
  return findFolder(`${name} table`, layout, { dataDir, environment, downloadable: false });
}

async function findFolder(
  what: string,
  { subfolders, probe, itself }: { subfolders: readonly string[]; probe: string; itself: boolean },
  {
    dataDir,
    environment,
    downloadable = true,
  }: { dataDir: string | undefined; environment: Environment; downloadable?: boolean },
): Promise<string> {
  const given = dataDir ?? environment["LECTERN_DATA"];
  const root = given ? resolve(given) : cacheFolder(environment);
  const inside = subfolders.map((folder) => join(root, folder));
  const candidates = itself ? [root, ...inside] : inside;
  for (const candidate of candidates) if (await hasDataFile(candidate, probe)) return candidate;
  throw new LecternError(
    "not-found",
    `No ${what}: looked for ${probe} or ${probe}.gz in ${candidates.join(", ")}.`,
    given || !downloadable
      ? "Name the folder that holds it with --data-dir or LECTERN_DATA."
      : "Name its folder with --data-dir or LECTERN_DATA, or fetch it with --download.",
  );
}
