import { openStudent } from "@lectern/client/lesson";
import { openBackend, whileAlive } from "../backend/index.ts";
import { checkFamily, loadFamily } from "../family/index.ts";
import { inProcessExecutor, workerExecutor, type Executor, type Handler } from "../jobs/index.ts";
import { assertCovered, installOverlay } from "../overlay/index.ts";
import { loadStudent, type StudentBuilder } from "../student/index.ts";
import { createTask, type Task, type TaskData } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import { diagnose } from "./diagnose.ts";
import { runTrainJob, type TrainJob, type TrainJobResult } from "./job.ts";

/** What a worker needs to know, structured-cloneable. */
export interface TrainSetup {
  readonly config: TrainConfig;
  /** Over shared memory: loaded once for all threads. */
  readonly data: TaskData;
  /** Of `config.also`. */
  readonly also?: readonly TaskData[];
}

/** Readies this thread for meta-training and gives the function that runs its jobs. */
export async function openTrainHandler({
  config,
  data,
  also: further = [],
}: TrainSetup): Promise<Handler<TrainJob, TrainJobResult>> {
  const backend = await openBackend(config.backend);
  installOverlay();
  const build = await loadStudent(config.student.name);
  const task = createTask(data);
  const also = further.map(createTask);
  for (const one of [task, ...also]) await checkStudent(build, one, config);
  await loadFamily(config.teacher.family, task.classNames.length);
  await checkFamily(config.teacher.family, task.classNames.length);
  const context = { config, task, also, build };
  const run = async (job: TrainJob): Promise<TrainJobResult> =>
    job.kind === "diagnose"
      ? { kind: "diagnose", words: await diagnose(context, { ...job, kind: "hypergradient" }) }
      : runTrainJob(context, job);
  return (job) => whileAlive(backend, () => run(job));
}

/** Builds one student and lets it go: what can't be meta-trained is refused before a run folder is made. */
async function checkStudent(
  build: StudentBuilder,
  { inputShape, classNames }: Task,
  { student }: TrainConfig,
): Promise<void> {
  const classes = classNames.length;
  const model = build({ inputShape, classes, seed: 0, ...student.options });
  try {
    await assertCovered(model);
    openStudent(model, classes);
  } finally {
    model.dispose();
  }
}

export async function openTrainExecutor(
  setup: TrainSetup,
  workers: number,
): Promise<Executor<TrainJob, TrainJobResult>> {
  return workers > 1
    ? workerExecutor(new URL("./worker.ts", import.meta.url), setup, workers)
    : inProcessExecutor(await openTrainHandler(setup));
}
