import { LecternError } from "@lectern/shared/errors";
import type { Executor } from "./executor.ts";
import { startThread, ThreadEnded, type Thread } from "./thread.ts";

/**
 * Worker threads, each with its own TensorFlow.js. `entry` is a module that calls `serveJobs`; `setup` is what its
 * handler is made of. A thread that ends in the middle of a job is replaced, and the job, being a pure function, is
 * done once more: the same bits. If it ends that thread as well, that is an error.
 */
export async function workerExecutor<Setup, Job, Result>(
  entry: URL,
  setup: Setup,
  workers: number,
): Promise<Executor<Job, Result>> {
  const start = () => startThread<Setup, Job, Result>(entry, setup);
  const started = await Promise.allSettled(Array.from({ length: workers }, start));
  const threads: Thread<Job, Result>[] = [];
  for (const one of started) if (one.status === "fulfilled") threads.push(one.value);
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed) {
    await close();
    throw asError(failed.reason);
  }
  const runOn = async (at: number, job: Job): Promise<Result> => {
    try {
      return await threads[at]!.run(job);
    } catch (error) {
      if (!(error instanceof ThreadEnded)) throw error;
      threads[at] = await start();
      return threads[at].run(job);
    }
  };
  return {
    async run(jobs, onDone) {
      const results = Array.from<Result>({ length: jobs.length });
      let next = 0;
      const work = async (at: number) => {
        while (next < jobs.length) {
          const i = next++;
          const result = await runOn(at, jobs[i]!);
          results[i] = result;
          onDone?.(i, result);
        }
      };
      const ends = await Promise.allSettled(threads.map((_, at) => work(at)));
      const end = ends.find((one) => one.status === "rejected");
      if (end) throw asError(end.reason);
      return results;
    },
    close,
  };
}

function asError(reason: unknown): unknown {
  if (!(reason instanceof ThreadEnded)) return reason;
  return new LecternError(
    "io",
    `A worker thread ended twice at the same job: ${reason.message.replace(/\.$/, "")}.`,
    "It may be out of memory: go on with --resume and fewer --workers.",
    { cause: reason },
  );
}
