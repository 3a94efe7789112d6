import { extname } from "node:path";
import { loadFamily } from "../family/index.ts";
import { inProcessExecutor, workerExecutor, type Executor } from "../jobs/index.ts";
import { hasOwnThreads, useBackend } from "../backend/index.ts";
import { loadStudent } from "../student/index.ts";
import { createTask } from "../task/index.ts";
import type { EvaluationJob, EvaluationJobResult } from "./job.ts";
import { createJobRunner, type EvaluationGround } from "./run-job.ts";
import type { EvaluationSetup } from "./setting.ts";

export type EvaluationExecutor = Executor<EvaluationJob, EvaluationJobResult>;

/** Backend, task and student of a thread. Splits are gathered when a job needs them. */
export async function createGround({
  setting,
  data,
  families = [],
}: EvaluationSetup): Promise<EvaluationGround> {
  await useBackend(setting.backend);
  const task = createTask(data);
  for (const family of families) await loadFamily(family, task.classNames.length);
  return { setting, task, build: await loadStudent(setting.student.name) };
}

/**
 * What runs an evaluation's jobs: this thread for 0 workers or a backend with threads of its own, else that many worker threads over shared data. The
 * results are the same bits for any number. Close it when done.
 *
 * @throws LecternError for an unknown backend or student
 */
export async function openEvaluationExecutor(
  setup: EvaluationSetup,
  workers: number,
): Promise<EvaluationExecutor> {
  if (workers === 0 || hasOwnThreads(setup.setting.backend))
    return inProcessExecutor(createJobRunner(await createGround(setup)));
  // Sources run as .ts, and as .js once built.
  const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  return workerExecutor<EvaluationSetup, EvaluationJob, EvaluationJobResult>(entry, setup, workers);
}
