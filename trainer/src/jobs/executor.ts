import { Worker } from "node:worker_threads";
import { LecternError } from "@lectern/shared/errors";

/**
 * Runs jobs that are pure functions of themselves. Results come back in the jobs' order whatever ran where, so that any
 * executor gives the same bits.
 */
export interface Executor<Job, Result> {
  /** @param onDone called as each job ends, in the order of ending */
  run(jobs: readonly Job[], onDone?: (index: number, result: Result) => void): Promise<Result[]>;
  close(): Promise<void>;
}

/** Runs a job in this thread or in a worker: made once, then called for each job. */
export type Handler<Job, Result> = (job: Job) => Promise<Result>;

/** One after the other, in this thread. */
export function inProcessExecutor<Job, Result>(handle: Handler<Job, Result>): Executor<Job, Result> {
  return {
    async run(jobs, onDone) {
      const results: Result[] = [];
      for (const [i, job] of jobs.entries()) {
        const result = await handle(job);
        results.push(result);
        onDone?.(i, result);
      }
      return results;
    },
    close: () => Promise.resolve(),
  };
}

type Reply<Result> =
  | { readonly ready: true }
  | { readonly result: Result }
  | { readonly error: { message: string; code?: string; remedy?: string } };

/**
 * Worker threads, each with its own TensorFlow.js. `entry` is a module that calls `serveJobs`; `setup` is what its
 * handler is made of.
 */
export async function workerExecutor<Setup, Job, Result>(
  entry: URL,
  setup: Setup,
  workers: number,
): Promise<Executor<Job, Result>> {
  const threads = Array.from({ length: workers }, () => new Worker(entry, { workerData: setup }));
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  };
  try {
    await Promise.all(threads.map((thread) => nextReply<Result>(thread)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async run(jobs, onDone) {
      const results = Array.from<Result>({ length: jobs.length });
      let next = 0;
      const work = async (thread: Worker) => {
        while (next < jobs.length) {
          const i = next++;
          thread.postMessage(jobs[i]);
          const reply = await nextReply<Result>(thread);
          if (!("result" in reply)) continue;
          results[i] = reply.result;
          onDone?.(i, reply.result);
        }
      };
      await Promise.all(threads.map(work));
      return results;
    },
    close,
  };
}

function nextReply<Result>(thread: Worker): Promise<Reply<Result>> {
  return new Promise((resolve, reject) => {
    const off = () => {
      thread.off("message", onMessage);
      thread.off("error", onError);
      thread.off("exit", onExit);
    };
    const onMessage = (reply: Reply<Result>) => {
      off();
      if ("error" in reply) reject(revive(reply.error));
      else resolve(reply);
    };
    const onError = (error: Error) => {
      off();
      reject(error);
    };
    const onExit = () => {
      off();
      reject(
        new LecternError(
          "io",
          "A worker thread ended while it had work.",
          "Run again with --workers 1; it may be out of memory.",
        ),
      );
    };
    thread.on("message", onMessage);
    thread.on("error", onError);
    thread.on("exit", onExit);
  });
}

/** A LecternError keeps its code and remedy across threads. */
function revive({ message, code, remedy }: { message: string; code?: string; remedy?: string }): Error {
  if (code === undefined || remedy === undefined) return new Error(message);
  const problem = message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message;
  return new LecternError(code as LecternError["code"], problem, remedy);
}
