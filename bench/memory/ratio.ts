import { useBackend } from "../../trainer/src/backend/index.ts";
import { estimatorOf } from "../../trainer/src/hypergradient/index.ts";
import { installOverlay } from "../../trainer/src/overlay/index.ts";
import { openLenetLesson, optimizers } from "./lesson.ts";

/** CPU time a step of `checkpoint` beside `store`'s, at a horizon where both fit. */
export interface Ratio {
  readonly optimizer: string;
  readonly steps: number;
  /** User CPU milliseconds a step, each repeat's; store and checkpoint in turn, after a warm-up. */
  readonly store: readonly number[];
  readonly checkpoint: readonly number[];
  /** Of the least of both. */
  readonly ratio: number;
}

export async function measureRatio(optimizer: string, steps = 200, repeats = 4): Promise<Ratio> {
  await useBackend("wasm");
  installOverlay();
  const problem = await openLenetLesson(optimizers[optimizer]!, steps);
  const start = problem.student.variables.map((v) => v.clone());
  const times: Record<string, number[]> = { store: [], checkpoint: [] };
  for (let repeat = 0; repeat <= repeats; repeat++)
    for (const name of ["store", "checkpoint"]) {
      for (const [i, variable] of problem.student.variables.entries()) variable.assign(start[i]!);
      const cpu = process.cpuUsage();
      await estimatorOf(name).estimate(problem, { explosion: Infinity });
      const { user } = process.cpuUsage(cpu);
      if (repeat > 0) times[name]!.push(Math.round(user / 10 / steps) / 100);
    }
  const { store = [], checkpoint = [] } = times;
  const ratio = Math.round((100 * Math.min(...checkpoint)) / Math.min(...store)) / 100;
  return { optimizer, steps, store, checkpoint, ratio };
}
