import { LecternError } from "@lectern/shared/errors";
import { servesAnyClasses } from "@lectern/shared/teacher";
import { hasOwnThreads } from "../backend/index.ts";
import { loadFamily } from "../family/index.ts";
import { estimatorOf, expectClasses, expectSupport, metricOf } from "../hypergradient/index.ts";
import type { Executor } from "../jobs/index.ts";
import {
  createTask,
  loadTaskData,
  shortName,
  type Task,
  type TaskData,
  type TaskSpec,
} from "../task/index.ts";
import { trainConfig, type TrainConfig } from "./config.ts";
import { openTrainExecutor } from "./context.ts";
import type { TrainJob, TrainJobResult } from "./job.ts";
import { planMemory } from "./memory.ts";
import type { InitialTeacher } from "./run.ts";
import { startingTheta, teacherSpecOf } from "./teacher.ts";

/** How a run's work is to be done: nothing here changes its bits. */
export interface Preparation {
  /** Worker threads. */
  readonly workers: number;
  readonly dataDir?: string | undefined;
  readonly download?: boolean;
}

export interface PreparedRun {
  readonly data: TaskData;
  readonly initial: InitialTeacher;
  /** What the run takes at its peak, in words. */
  readonly memory: string;
  /** Close it when done. */
  readonly executor: Executor<TrainJob, TrainJobResult>;
}

/** Loads data and family and starts backends: whatever can be refused is refused here, before anything is written. */
export async function prepareRun(config: TrainConfig, preparation: Preparation): Promise<PreparedRun> {
  const { workers, dataDir, download } = preparation;
  const load = (spec: TaskSpec) =>
    loadTaskData(spec, { dataDir, ...(download !== undefined && { download }) });
  const data = await load(config.task);
  const also = await Promise.all((config.also ?? []).map(load));
  const task = createTask(data);
  expectAlike(config, [task, ...also.map(createTask)]);
  const classes = task.classNames.length;
  expectClasses(metricOf(config.metric), classes);
  await loadFamily(config.teacher.family, classes);
  const spec = teacherSpecOf(config, classes);
  const initial = { spec, theta: startingTheta(config, spec) };
  const threads = hasOwnThreads(config.backend) ? 1 : Math.min(workers, config.meta.students);
  expectSupport(estimatorOf(config.estimator), config.recipe);
  const memory = await planMemory(config, task, threads);
  for (const other of also) await planMemory(config, createTask(other), threads);
  return { data, initial, memory, executor: await openTrainExecutor({ config, data, also }, threads) };
}

/** One teacher for several tasks must be able to teach each of them, and is chosen by all of them. */
function expectAlike({ teacher, meta }: TrainConfig, tasks: readonly Task[]): void {
  const counts = tasks.map(({ classNames }) => classNames.length);
  const fits = servesAnyClasses(teacher.family) && teacher.featureSet !== "full";
  if (!fits && new Set(counts).size > 1)
    throw new LecternError(
      "invalid-argument",
      `The tasks have ${counts.join(" and ")} classes, and a teacher of family ${shortName(teacher.family)} with ${teacher.featureSet} features serves one number of them.`,
      "Use --family invariant or taylor with pooled, no-dev, demo or time features.",
    );
  if (meta.validationStudents < tasks.length)
    throw new LecternError(
      "invalid-argument",
      `validation-students is ${meta.validationStudents}, and there are ${tasks.length} tasks to choose θ by.`,
      "Raise it to a multiple of the tasks.",
    );
}

/** What is written must be what `--resume` will read. */
export function expectConfig(config: TrainConfig): TrainConfig {
  const parsed = trainConfig.safeParse(config);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new LecternError(
    "invalid-argument",
    `The setting ${path.join(".")} isn't valid: ${message}.`,
    "Change its flag.",
  );
}
