import { LecternError } from "@lectern/shared/errors";
import { estimatorOf } from "../estimator-name.ts";
import { estimateMemory, type MemoryNeed, type MemoryPlan } from "./need.ts";

/** Which to try where one doesn't fit, exact ones first. */
const alternatives = ["checkpoint", "reversible", "checkpoint:20", "truncated:50", "pes"] as const;

/**
 * Refuses a run that this machine has no memory for, before it starts.
 * @param available bytes that the process may still take, as the system or its control group says
 * @throws LecternError `unsupported` with what was needed and what would fit
 * @example
 * ```ts
 * const { total } = expectMemory(plan);
 * ```
 */
export function expectMemory(plan: MemoryPlan, available: number = process.availableMemory()): MemoryNeed {
  const need = estimateMemory(plan);
  if (need.total <= available) return need;
  throw new LecternError("unsupported", problemOf(plan, need, available), remedyOf(plan, available));
}

function problemOf({ estimator, size, workers }: MemoryPlan, need: MemoryNeed, available: number): string {
  const students = workers > 1 ? `${workers} students at a time` : "one student at a time";
  return (
    `The estimator ${estimator.name} keeps ${readable(need.history)} of a lesson of ${count(size.steps)} steps and ` +
    `${count(size.weights)} weights: with ${students} this run takes about ${readable(need.total)}, and ` +
    `${readable(available)} are free.`
  );
}

function remedyOf(plan: MemoryPlan, available: number): string {
  const fits = (changed: MemoryPlan): boolean => estimateMemory(changed).total <= available;
  const fewer = [...Array(plan.workers).keys()]
    .slice(1)
    .toReversed()
    .find((workers) => fits({ ...plan, workers }));
  const other = alternatives
    .map((name) => estimatorOf(name))
    .filter((estimator) => !estimator.objection(plan.size.optimizer))
    .find((estimator) => fits({ ...plan, estimator, workers: 1 }));
  const ways: string[] = [];
  if (other) {
    const whole = { ...plan, estimator: other };
    const [chosen, flag] = fits(whole) ? [whole, ""] : [{ ...whole, workers: 1 }, " --workers 1"];
    ways.push(`--estimator ${other.name}${flag} (about ${readable(estimateMemory(chosen).total)})`);
  }
  if (fewer !== undefined) ways.push(`--workers ${fewer}`);
  if (ways.length === 0)
    ways.push("a smaller --batch-size, student or --dev-examples: even without a history this doesn't fit");
  return `Choose ${ways.join(", or ")}.`;
}

/** 1,234,567 */
const count = (n: number): string => n.toLocaleString("en-US");

/** `310 MB`, `17.2 GB` */
export function readable(bytes: number): string {
  if (bytes < 1e9) return `${Math.max(1, Math.round(bytes / 1e6))} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A line for whoever starts a run. */
export function describeMemory(plan: MemoryPlan, need: MemoryNeed, available?: number): string {
  const per = need.workers > 1 ? `, for each of ${need.workers} students at a time` : "";
  return (
    `memory: about ${readable(need.total)} at the peak: ${readable(need.history)} of history (${plan.estimator.name}), ` +
    `${readable(need.working)} to work with, ${readable(need.data)} of data${per}` +
    (available === undefined ? "" : `; ${readable(available)} free`)
  );
}
