import type * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import type { OptimizerSpec, Recipe, Schedule } from "@lectern/shared/schema";
import { fillOptimizer, type OptimizerOptions } from "../optimizer/options.ts";
import { readRate } from "../optimizer/steer.ts";
import type { Warnings } from "./warnings.ts";

export interface RecipeOptions {
  /** T: student steps in the lesson. */
  readonly steps?: number | undefined;
  /** Examples a step. */
  readonly batchSize?: number | undefined;
  /** Numbers, or a TensorFlow.js optimizer, whose own rate the schedule then starts from. */
  readonly optimizer?: OptimizerOptions | tf.Optimizer | undefined;
  readonly schedule?: Schedule | undefined;
}

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  /** The caller's own; it takes the place of the recipe's. */
  readonly optimizer?: tf.Optimizer | undefined;
}

/**
 * The recipe with what a caller chose instead.
 * @throws LecternError `invalid-argument` for steps or batchSize below 1, an unknown optimizer or schedule, numbers out
 *   of range
 */
export function resolveRecipe(
  base: Recipe,
  { steps, batchSize, optimizer, schedule }: RecipeOptions,
): ResolvedRecipe {
  const own = optimizer && "applyGradients" in optimizer ? optimizer : undefined;
  const numbers = optimizer && "kind" in optimizer ? optimizer : undefined;
  if (optimizer && !own && !numbers)
    throw misuse("optimizer is neither { kind, learningRate, … } nor an optimizer of tf.train.");
  const recipe: Recipe = {
    steps: checkCount("steps", steps ?? base.steps),
    batchSize: checkCount("batchSize", batchSize ?? base.batchSize),
    schedule: schedule ?? base.schedule,
    optimizer: numbers ? fillOptimizer(numbers) : base.optimizer,
  };
  if (recipe.schedule !== "constant" && recipe.schedule !== "cosine")
    throw misuse(`schedule is ${JSON.stringify(recipe.schedule)}, expected "constant" or "cosine".`);
  return { recipe, optimizer: own };
}

/** Warns of each way in which a lesson isn't what its teacher was meta-trained for. */
export function warnOfDeviations(
  made: Recipe,
  { recipe, optimizer }: ResolvedRecipe,
  warnings: Warnings,
): void {
  if (optimizer) warnOfOptimizer(made, optimizer, warnings);
  else {
    compare(warnings, "The optimizer", show(recipe.optimizer), show(made.optimizer));
    compare(warnings, "The learning rate", recipe.optimizer.learningRate, made.optimizer.learningRate);
  }
  compare(warnings, "The schedule", recipe.schedule, made.schedule);
  warnOfBatchSize(made, recipe.batchSize, warnings);
  compare(warnings, "The number of steps T", recipe.steps, made.steps);
}

export function warnOfOptimizer(made: Recipe, optimizer: tf.Optimizer, warnings: Warnings): void {
  compare(warnings, "The optimizer", optimizer.getClassName().toLowerCase(), show(made.optimizer));
  compare(warnings, "The learning rate", readRate(optimizer), made.optimizer.learningRate);
}

export function warnOfBatchSize(made: Recipe, batchSize: number, warnings: Warnings): void {
  compare(warnings, "The batch size", batchSize, made.batchSize);
}

type Shown = string | number | undefined;

function compare(warnings: Warnings, what: string, used: Shown, trained: Shown): void {
  if (used !== undefined && used !== trained)
    warnings.add("recipe", `${what} is ${used}; the teacher was trained for ${trained}.`);
}

/** An optimizer in words, its rate apart. What is usual isn't said, so that those of tf.train compare equal. */
function show(spec: OptimizerSpec): string {
  const usual = Object.entries(fillOptimizer({ kind: "adam", learningRate: 1 }));
  const unusual = Object.entries(spec).filter(
    ([name, value]) =>
      name !== "kind" && name !== "learningRate" && !usual.some(([n, v]) => n === name && v === value),
  );
  return [spec.kind, ...unusual.map(([name, value]) => `${name} ${value}`).toSorted()].join(", ");
}

function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw misuse(`${name} is ${String(value)}, expected an integer of at least 1.`);
}

const misuse = (problem: string): LecternError =>
  new LecternError("invalid-argument", problem, "Leave it out to follow the teacher's recipe.");
