import { hasOwnThreads } from "../backend/index.ts";
import {
  openEvaluationExecutor,
  type EvaluationExecutor,
  type EvaluationJobResult,
  type EvaluationSetup,
} from "../evaluate/index.ts";
import type { Slots } from "./slots.ts";

export interface CellExecutorOptions {
  readonly workers: number;
  readonly slots: Slots;
  /** Of the cell among the experiment's. */
  readonly priority: number;
  /** After each training. */
  onTrained(): void;
}

/**
 * An evaluation's executor that takes a slot for each training, so that meta-trainings beside it get their turn, and
 * that starts threads when they are needed first: a cell whose trainings are all known starts none.
 */
export function cellExecutor(
  setup: EvaluationSetup,
  { workers, slots, priority, onTrained }: CellExecutorOptions,
): EvaluationExecutor {
  const threads: Promise<EvaluationExecutor>[] = [];
  const most = hasOwnThreads(setup.setting.backend) ? 1 : workers;
  const thread = (at: number): Promise<EvaluationExecutor> =>
    (threads[at] ??= openEvaluationExecutor(setup, 1));
  return {
    async run(jobs, onDone) {
      const results = Array.from<EvaluationJobResult>({ length: jobs.length });
      let next = 0;
      const work = async (at: number): Promise<void> => {
        while (next < jobs.length) {
          const release = await slots.acquire(priority);
          try {
            // Another may have taken the last one while this waited.
            const i = next++;
            if (i >= jobs.length) return;
            const [result] = await (await thread(at)).run([jobs[i]!]);
            results[i] = result!;
            onTrained();
            onDone?.(i, result!);
          } finally {
            release();
          }
        }
      };
      const ends = await Promise.allSettled(
        Array.from({ length: Math.min(most, jobs.length) }, (_, at) => work(at)),
      );
      const end = ends.find((one) => one.status === "rejected");
      if (end) throw end.reason;
      return results;
    },
    async close() {
      const opened = await Promise.allSettled(threads);
      await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value.close() : undefined)));
    },
  };
}
