import type * as tf from "@tensorflow/tfjs-core";
import { readRecipe } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Recipe, Schedule } from "@lectern/shared/schema";
import type { OptimizerOptions } from "../optimizer/options.ts";
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
  try {
    const recipe = readRecipe({
      steps: steps ?? base.steps,
      batchSize: batchSize ?? base.batchSize,
      schedule: schedule ?? base.schedule,
      optimizer: own ? base.optimizer : (optimizer ?? base.optimizer),
    });
    return { recipe, optimizer: own };
  } catch (error) {
    const [problem] = (error as Error).message.split(". ");
    throw new LecternError("invalid-argument", `${problem}.`, "Leave it out to follow the teacher's recipe.");
  }
}

/** Warns of each way in which a lesson isn't what its teacher was meta-trained for. */
export function warnOfDeviations(
  made: Recipe,
  { recipe, optimizer }: ResolvedRecipe,
  warnings: Warnings,
): void {
  if (optimizer) warnOfOptimizer(made, optimizer, warnings);
  else
    for (const [name, value] of Object.entries(recipe.optimizer))
      compare(
        warnings,
        `optimizer.${name}`,
        value,
        (made.optimizer as unknown as Record<string, Shown>)[name],
      );
  for (const name of ["schedule", "batchSize", "steps"] as const)
    compare(warnings, name, recipe[name], made[name]);
}

export function warnOfOptimizer(
  { optimizer: made }: Recipe,
  optimizer: tf.Optimizer,
  warnings: Warnings,
): void {
  compare(warnings, "optimizer.kind", optimizer.getClassName().toLowerCase(), made.kind);
  compare(warnings, "optimizer.learningRate", readRate(optimizer), made.learningRate);
}

export function warnOfBatchSize(made: Recipe, batchSize: number, warnings: Warnings): void {
  compare(warnings, "batchSize", batchSize, made.batchSize);
}

type Shown = string | number | undefined;

function compare(warnings: Warnings, what: string, used: Shown, trained: Shown): void {
  if (used !== undefined && used !== trained)
    warnings.add("recipe", `${what} is ${used}; the teacher was trained for ${trained ?? "none"}.`);
}
