import { closeBackends, openBackend } from "../backend/select.ts";
import { workerExecutor } from "../jobs/index.ts";
import { installOverlay } from "../overlay/index.ts";
import type { Strategy } from "./actions.ts";
import { median } from "./measure.ts";
import { runCase, type CaseOptions, type CaseRow } from "./run-case.ts";

export interface BenchOptions {
  readonly cases: readonly string[];
  /** Measuring time a case. */
  readonly seconds: number;
  readonly backend: string;
  readonly strategy?: Strategy;
  /** Students at a time, each in a worker thread of its own; 1 runs in this thread. */
  readonly workers: number;
  readonly compareWith?: string;
}

/** Runs the cases in turn, and calls `onRow` as each is done. With workers, a row's times are medians over them. */
export async function runBench(
  { cases, seconds, backend, strategy, workers, compareWith }: BenchOptions,
  onRow: (row: CaseRow) => void,
): Promise<void> {
  const options = (name: string): CaseOptions => ({
    name,
    seconds,
    ...(strategy && { strategy }),
    ...(compareWith !== undefined && { compareWith }),
  });
  if (workers === 1) {
    const opened = await openBackend(backend);
    installOverlay();
    for (const name of cases) onRow(await runCase(opened, options(name)));
    closeBackends();
    return;
  }
  const executor = await workerExecutor<{ backend: string }, CaseOptions, CaseRow>(
    new URL("worker.ts", import.meta.url),
    { backend },
    workers,
  );
  try {
    for (const name of cases) {
      const rows = await executor.run(Array.from({ length: workers }, () => options(name)));
      onRow(together(rows));
    }
  } finally {
    await executor.close();
  }
}

/** Several students' rows as one. CPU time is the process's: with several students it counts all of them. */
function together(rows: readonly CaseRow[]): CaseRow {
  const of = (read: (row: CaseRow) => number) => Number(median(rows.map(read)).toFixed(3));
  return {
    ...rows[0]!,
    threads: rows.length,
    ce_step: of((row) => row.ce_step),
    step: of((row) => row.step),
    reverse: of((row) => row.reverse),
    hyper: of((row) => row.hyper),
  };
}
