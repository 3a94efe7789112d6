import { isLecternError } from "@lectern/shared/errors";
import {
  downloadData,
  findDataFolder,
  isTableName,
  readCifar10,
  readCifar100,
  readFashionMnist,
  readMnist,
} from "../data/index.ts";
import type { DownloadableName, Progress } from "../data/index.ts";
import { loadCustomTask } from "./custom-task.ts";
import { loadGlyphs } from "./glyphs-task.ts";
import { isTablePath, loadKnownTable, loadTable } from "./table-task.ts";
import { resolveTaskSpec } from "./spec.ts";
import type { TaskRequest } from "./spec.ts";
import { createTask } from "./task.ts";
import type { Task, TaskData } from "./task.ts";

export interface LoadTaskOptions {
  /** From `--data-dir`; else LECTERN_DATA, else the cache of downloads. */
  readonly dataDir?: string | undefined;
  /** Fetch the files when they aren't there. */
  readonly download?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * A task by name, or by the path of a module that exports a `CustomTask`, of a table (.csv) or a table's description
 * (.table.json); what the request leaves out has defaults.
 *
 * @throws LecternError for an unknown name, an option out of range, data that are missing, damaged or too few.
 * @example
 * ```ts
 * const task = await loadTask({ name: "mnist", subset: 5000, labelNoise: 0.4 }, { dataDir: "data" });
 * const student = task.sample(deriveSeed(1, "meta", 0, 0));
 * ```
 */
export async function loadTask(request: TaskRequest, options: LoadTaskOptions = {}): Promise<Task> {
  return createTask(await loadTaskData(request, options));
}

/** The data of a task: what {@link createTask} needs, here or in a worker thread. */
export async function loadTaskData(request: TaskRequest, options: LoadTaskOptions = {}): Promise<TaskData> {
  const spec = resolveTaskSpec(request);
  switch (spec.name) {
    case "glyphs":
      return loadGlyphs(spec);
    case "mnist": {
      const { train, test } = await readMnist(await dataFolder("mnist", options));
      return { spec, train, test, note: null };
    }
    case "cifar10": {
      const { train } = await readCifar10(await dataFolder("cifar10", options));
      // Not every source has the official test set, and a result must not depend on where the files came from.
      return {
        spec,
        train,
        test: null,
        note: "Test examples are held out of CIFAR-10's official training set.",
      };
    }
    case "fashion-mnist": {
      const { train, test } = await readFashionMnist(await dataFolder("fashion-mnist", options));
      return { spec, train, test, note: null };
    }
    case "cifar100": {
      const { train, test } = await readCifar100(await dataFolder("cifar100", options));
      return { spec, train, test, note: null };
    }
    default:
      if (isTableName(spec.name)) return loadKnownTable(spec, spec.name, options);
      if (isTablePath(spec.name)) return loadTable(spec);
      return loadCustomTask({ spec, dataDir: options.dataDir ?? process.env["LECTERN_DATA"] });
  }
}

async function dataFolder(
  name: DownloadableName,
  { dataDir, download = false, onProgress }: LoadTaskOptions,
): Promise<string> {
  try {
    return await findDataFolder(name, { dataDir });
  } catch (error) {
    if (!download || !isLecternError(error) || error.code !== "not-found") throw error;
    return downloadData(name, {
      ...(dataDir ? { root: dataDir } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  }
}
