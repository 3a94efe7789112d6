import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { cifar10TrainFiles } from "./cifar10.ts";
import { mnistFiles } from "./mnist.ts";
import { hasDataFile } from "./read-file.ts";

/** Data sets that live in files. */
export type DownloadableName = "mnist" | "cifar10";

/** Where each is looked for inside a data folder, and the file that tells that it is there. */
const layouts = {
  mnist: { subfolders: ["mnist"], probe: mnistFiles[0] },
  cifar10: { subfolders: ["cifar-10", "cifar10", "cifar-10-batches-bin"], probe: cifar10TrainFiles[0]! },
} as const;

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
  const given = dataDir ?? environment["LECTERN_DATA"];
  const root = given ? resolve(given) : cacheFolder(environment);
  const candidates = [root, ...subfolders.map((folder) => join(root, folder))];
  for (const candidate of candidates) if (await hasDataFile(candidate, probe)) return candidate;
  throw new LecternError(
    "not-found",
    `No ${name} data: looked for ${probe} or ${probe}.gz in ${candidates.join(", ")}.`,
    given
      ? "Name the folder that holds it with --data-dir or LECTERN_DATA."
      : "Name its folder with --data-dir or LECTERN_DATA, or fetch it with --download.",
  );
}
