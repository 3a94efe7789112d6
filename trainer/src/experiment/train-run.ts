import { access } from "node:fs/promises";
import { extname, join } from "node:path";
import { isLecternError } from "@lectern/shared/errors";
import { hasOwnThreads } from "../backend/index.ts";
import { inProcessExecutor, workerExecutor, type Executor } from "../jobs/index.ts";
import { readCheckpoint, trainToFolder, type Checkpoint } from "../train/index.ts";
import type { PlannedRun } from "./plan.ts";

/** What a thread needs to meta-train one teacher: plain data. */
export interface TrainRunSetup {
  readonly run: PlannedRun;
  /** Where the run lives. */
  readonly folder: string;
  readonly workers: number;
  readonly dataDir: string | undefined;
  readonly download: boolean;
  /** Over shared memory: [whether to stop, meta-steps done]. */
  readonly control: Int32Array<SharedArrayBuffer>;
}

export const createControl = (): TrainRunSetup["control"] => new Int32Array(new SharedArrayBuffer(8));

/** Meta-trains from where the folder's last checkpoint is, until the end or until told to stop. */
export async function trainRun(setup: TrainRunSetup): Promise<number> {
  const { run, folder, workers, dataDir, download, control } = setup;
  const stop = new AbortController();
  const { metaStep } = await trainToFolder({
    run: folder,
    config: run.config,
    resume: await begun(folder),
    workers,
    dataDir,
    download,
    signal: stop.signal,
    onStart: ({ from }) => void Atomics.store(control, 1, from),
    onMetaStep(_, { metaSteps }) {
      Atomics.store(control, 1, metaSteps);
      if (Atomics.load(control, 0) !== 0) stop.abort();
    },
  });
  return metaStep;
}

/** A thread of its own: the overlay of second derivatives that meta-training installs stays out of other threads. */
export async function openTrainThread(setup: TrainRunSetup): Promise<Executor<null, number>> {
  if (hasOwnThreads(setup.run.config.backend)) return inProcessExecutor(() => trainRun(setup));
  // Sources run as .ts, and as .js once built.
  const entry = new URL(`./train-worker${extname(import.meta.url)}`, import.meta.url);
  return workerExecutor<TrainRunSetup, null, number>(entry, setup, 1);
}

/** A run's last checkpoint; undefined if it has none yet. */
export async function checkpointOf(folder: string): Promise<Checkpoint | undefined> {
  try {
    return await readCheckpoint(folder);
  } catch (error) {
    if (isLecternError(error) && error.code === "not-found") return undefined;
    throw error;
  }
}

const begun = (folder: string): Promise<boolean> =>
  access(join(folder, "config.json")).then(
    () => true,
    () => false,
  );
