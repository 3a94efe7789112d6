import { hasOwnThreads } from "../backend/index.ts";
import { loadFamily } from "../family/index.ts";
import { loadTaskData, createTask, type TaskData } from "../task/index.ts";
import { LecternError } from "@lectern/shared/errors";
import { trainConfig, type TrainConfig } from "./config.ts";
import { openTrainExecutor } from "./context.ts";
import { createRun, resumeRun, type Checkpoint } from "./run-folder.ts";
import { runMetaTraining, type TrainOptions } from "./run.ts";
import { startingTheta, teacherSpecOf } from "./teacher.ts";

export interface TrainRequest extends TrainOptions {
  /** The run's folder. */
  readonly run: string;
  /** May be left out to resume. */
  readonly config?: TrainConfig;
  readonly resume?: boolean;
  /** Worker threads; they change the time, never the bits. */
  readonly workers: number;
  readonly dataDir?: string | undefined;
  readonly download?: boolean;
  /** Once settings and data are known to be good, before the first meta-step. */
  onStart?(started: { config: TrainConfig; from: number; data: TaskData }): void;
}

/** Meta-trains a teacher in a run folder, or goes on where it was left. All checks come before anything is written. */
export async function trainToFolder(request: TrainRequest): Promise<Checkpoint & { config: TrainConfig }> {
  const resumed = request.resume ? await resumeRun(request.run, request.config) : undefined;
  const config = resumed?.config ?? expectConfig(request.config!);
  const data = await loadTaskData(config.task, {
    dataDir: request.dataDir,
    ...(request.download !== undefined && { download: request.download }),
  });
  const task = createTask(data);
  await loadFamily(config.teacher.family, task.classNames.length);
  const spec = teacherSpecOf(config, task.classNames.length);
  const initial = { spec, theta: startingTheta(config, spec) };
  const workers = hasOwnThreads(config.backend) ? 1 : Math.min(request.workers, config.meta.students);
  const executor = await openTrainExecutor({ config, data }, workers);
  try {
    const opened = resumed ?? (await createRun(request.run, config));
    request.onStart?.({ config, from: opened.checkpoint?.metaStep ?? 0, data });
    try {
      const end = await runMetaTraining(config, initial, opened, executor, request);
      return { ...end, config };
    } finally {
      await opened.folder.close();
    }
  } finally {
    await executor.close();
  }
}

/** What is written must be what `--resume` will read. */
function expectConfig(config: TrainConfig): TrainConfig {
  const parsed = trainConfig.safeParse(config);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new LecternError(
    "invalid-argument",
    `The setting ${path.join(".")} isn't valid: ${message}.`,
    "Change its flag.",
  );
}
