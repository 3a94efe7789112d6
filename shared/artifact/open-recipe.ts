import { demand, type ErrorCode } from "../errors/index.ts";
import type { OptimizerSpec, Recipe } from "../schema/index.ts";
import { show } from "./conform.ts";
import { expectWhole } from "./expect-whole.ts";

/** As a default, none: the number must be given. */
const needed = Number.NaN;
const numbers = { learningRate: needed, weightDecay: 0 };

/** Each optimizer's numbers with the format's defaults; NaN where there is none. Registering optimizers adds theirs. */
export const optimizerNumbers = new Map<string, Readonly<Record<string, number>>>([
  ["sgd", numbers],
  ["momentum", { ...numbers, momentum: needed }],
  ["adam", { ...numbers, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }],
]);

/** η_t from the base rate, the step and T, by name. Registering optimizers adds further ones. */
export const schedules = new Map<string, (base: number, step: number, steps: number) => number>([
  ["constant", (base) => base],
  ["cosine", (base, step, steps) => (base * (1 + Math.cos((Math.PI * step) / steps))) / 2],
]);

/**
 * A recipe as a manifest has it, or what a caller wants instead; defaults filled in.
 * @throws LecternError of that code, naming the field; `unsupported` for an optimizer that isn't registered
 */
export function openRecipe(
  { steps, batchSize, schedule, optimizer }: Recipe,
  code: ErrorCode = "invalid-artifact",
): Recipe {
  const right = (holds: boolean, name: string, value: unknown, expected: string) =>
    demand(holds, code, `recipe.${name} is ${show(value)}, expected ${expected}`);
  expectWhole(steps, 1, "recipe.steps", code);
  expectWhole(batchSize, 1, "recipe.batchSize", code);
  right(schedules.has(schedule), "schedule", schedule, [...schedules.keys()].join("|"));
  const defaults = optimizerNumbers.get(optimizer.kind);
  demand(
    defaults,
    "unsupported",
    `recipe.optimizer.kind is ${show(optimizer.kind)}, expected ${[...optimizerNumbers.keys()].join("|")}`,
    "Call registerOptimizers of @lectern/client/optimizers.",
  );
  const filled = { ...defaults, ...optimizer } as OptimizerSpec & Record<string, unknown>;
  for (const name in defaults) {
    const value = filled[name];
    right(Number.isFinite(value) && Number(value) >= 0, `optimizer.${name}`, value, "a number of at least 0");
  }
  return { steps, batchSize, schedule, optimizer: filled };
}
