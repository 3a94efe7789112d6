import type * as tf from "@tensorflow/tfjs-core";
import { openRecipe } from "@lectern/shared/artifact";
import type { OptimizerSpec, Recipe, Schedule } from "@lectern/shared/schema";
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
  /** What the teacher was meta-trained with. */
  readonly made: Recipe;
  /** The caller's own; it takes the place of the recipe's. */
  readonly optimizer: tf.Optimizer | undefined;
}

/**
 * The recipe with what a caller chose instead; what isn't what the teacher was meta-trained for is a warning.
 * @throws LecternError `invalid-argument` for steps or batchSize below 1, an unknown optimizer or schedule, numbers that
 *   are missing or not finite
 */
export function resolveRecipe(
  made: Recipe,
  { steps, batchSize, optimizer, schedule }: RecipeOptions,
  warnings: Warnings,
): ResolvedRecipe {
  const own = isOptimizer(optimizer) ? optimizer : undefined;
  const recipe = openRecipe(
    {
      steps: steps ?? made.steps,
      batchSize: batchSize ?? made.batchSize,
      schedule: schedule ?? made.schedule,
      // With numbers left out, which are filled in.
      optimizer: (own ? made.optimizer : (optimizer ?? made.optimizer)) as OptimizerSpec,
    },
    "invalid-argument",
  );
  const used = own ? numbersOf(own) : recipe.optimizer;
  compareAll(warnings, { ...used, schedule: recipe.schedule, steps: recipe.steps }, made);
  return { recipe, optimizer: own, made };
}

/** A recipe's fields, those of its optimizer among them. */
type Fields = Readonly<Record<string, string | number | undefined>>;

export function compareAll(warnings: Warnings, used: Fields, { optimizer, ...rest }: Recipe): void {
  const made: Fields = { ...optimizer, ...rest };
  for (const [name, value] of Object.entries(used)) warnings.compare("recipe", name, value, made[name]);
}

export const numbersOf = (optimizer: tf.Optimizer): Fields => ({
  kind: optimizer.getClassName().toLowerCase(),
  learningRate: readRate(optimizer),
});

const isOptimizer = (optimizer: RecipeOptions["optimizer"]): optimizer is tf.Optimizer =>
  "applyGradients" in Object(optimizer);
