import type { EvaluationExecutor } from "./ground.ts";
import { jobKey, type EvaluationJob, type EvaluationJobResult } from "./job.ts";
import type { Journal } from "./journal.ts";
import type { EvaluationSetting } from "./setting.ts";

/** Results in the order of the jobs. */
export type RunJobs = (
  jobs: readonly EvaluationJob[],
  onDone?: () => void,
) => Promise<readonly EvaluationJobResult[]>;

/** Runs what the journal doesn't have yet, and notes it there as it ends. */
export function runThroughJournal(
  executor: EvaluationExecutor,
  setting: EvaluationSetting,
  journal: Journal,
): RunJobs {
  return async (jobs, onDone) => {
    const keys = jobs.map((job) => jobKey(setting, job));
    const missing = [...new Map(jobs.map((job, i) => [keys[i]!, job]))].filter(
      ([key]) => !journal.done.has(key),
    );
    for (let i = missing.length; i < jobs.length; i++) onDone?.();
    await executor.run(
      missing.map(([, job]) => job),
      (i, result) => {
        journal.add(...missing[i]!, result);
        onDone?.();
      },
    );
    return keys.map((key) => journal.done.get(key)!);
  };
}
