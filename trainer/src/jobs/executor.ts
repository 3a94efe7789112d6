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
