import { estimatorOf } from "../../trainer/src/hypergradient/index.ts";
import { openLenetLesson, optimizers } from "../memory/lesson.ts";

/** CPU time of an estimator on a LeNet. */
export interface CostRow {
  readonly estimator: string;
  /** User CPU milliseconds a step: the least of the repeats, and the most. */
  readonly ms: number;
  readonly most: number;
  /** `ms` over `store`'s. */
  readonly ratio: number;
  /** Kept of a lesson of 500 steps, in MB. */
  readonly historyMb: number;
}

const timed = [
  "store",
  "checkpoint",
  "checkpoint:5",
  "reversible",
  "central-difference",
  "truncated:10",
  "pes:1",
  "pes:8",
];

/** In turn, after a warm-up: each estimator meets the same machine. Momentum, so that all can run. */
export async function measureCost(steps = 40, repeats = 3): Promise<CostRow[]> {
  // With tanh: a ReLU's kinks end a lesson of central differences early.
  const problem = await openLenetLesson(optimizers["momentum"]!, steps, "tanh");
  const start = problem.student.variables.map((v) => v.clone());
  const times = new Map<string, number[]>(timed.map((name) => [name, []]));
  for (let repeat = 0; repeat <= repeats; repeat++)
    for (const name of timed) {
      for (const [i, variable] of problem.student.variables.entries()) variable.assign(start[i]!);
      const cpu = process.cpuUsage();
      const { status } = await estimatorOf(name).estimate(problem, { explosion: Infinity });
      const { user } = process.cpuUsage(cpu);
      if (status !== "ok") throw new Error(`${name} ended ${status}: its time means nothing.`);
      if (repeat > 0) times.get(name)!.push(user / 1000 / steps);
    }
  const least = (name: string): number => Math.min(...times.get(name)!);
  const size = { weights: 431_080, steps: 500, optimizer: optimizers["momentum"]! };
  return timed.map((name) => ({
    estimator: name,
    ms: least(name),
    most: Math.max(...times.get(name)!),
    ratio: least(name) / least("store"),
    historyMb: estimatorOf(name).historyBytes(size) / 1e6,
  }));
}
