import type { TaskData } from "../task/index.ts";
import { affordableProbe } from "./affordable.ts";
import type { TrainConfig } from "./config.ts";
import { expectConfig, prepareRun, type Preparation } from "./prepare.ts";
import { createRun, resumeRun, type Checkpoint } from "./run-folder.ts";
import { runMetaTraining, type TrainOptions } from "./run.ts";

export interface TrainRequest extends Omit<TrainOptions, "probe">, Preparation {
  /** The run's folder. */
  readonly run: string;
  /** May be left out to resume. */
  readonly config?: TrainConfig;
  readonly resume?: boolean;
  /** Once settings and data are known to be good, before the first meta-step. */
  onStart?(started: { config: TrainConfig; from: number; data: TaskData; memory: string }): void;
}

/** Meta-trains a teacher in a run folder, or goes on where it was left. All checks come before anything is written. */
export async function trainToFolder(request: TrainRequest): Promise<Checkpoint & { config: TrainConfig }> {
  const resumed = request.resume ? await resumeRun(request.run, request.config) : undefined;
  const config = resumed?.config ?? expectConfig(request.config!);
  const { data, initial, memory, executor } = await prepareRun(config, request);
  try {
    const opened = resumed ?? (await createRun(request.run, config));
    request.onStart?.({ config, from: opened.checkpoint?.metaStep ?? 0, data, memory });
    try {
      const end = await runMetaTraining(config, initial, opened, executor, {
        ...request,
        probe: affordableProbe(config),
      });
      return { ...end, config };
    } finally {
      await opened.folder.close();
    }
  } finally {
    await executor.close();
  }
}
