import type { LayersModel } from "@tensorflow/tfjs-layers";
import { LecternError } from "@lectern/shared/errors";
import type { MeasurementIntervals, Recipe } from "@lectern/shared/schema";
import { fixedLosses, type FixedLossName } from "@lectern/shared/teacher";
import { fixedGuide, type Guide } from "../lesson/guide.ts";
import { resolveRecipe } from "../teacher/recipe.ts";
import { runCourse, type TeachOptions, type TeachResult } from "../teacher/teach.ts";
import { collectWarnings } from "../teacher/warnings.ts";

export interface TeachFixedOptions extends TeachOptions {
  readonly loss: FixedLossName;
  /** The loss's own: ε, γ, margin or q. Default: the first that tuning would try; cross-entropy has none. */
  readonly parameter?: number | undefined;
  /** What the other options leave out; a teacher's `manifest.recipe`, for a fair comparison. */
  readonly recipe: Recipe;
  /** The classes by name, if labels come as names. */
  readonly classNames?: readonly string[] | undefined;
}

/** Watched as often as a teacher's student would be, so that a diverging one can be put back to its best weights. */
const watch: MeasurementIntervals = { everySteps: 25, devExamples: 0, trainBatches: 2 };

/**
 * Trains a student on a loss that doesn't change, in the loop that teachers use: same batches, same optimizer, same
 * results. What a teacher is compared with, and what to use where no teacher fits.
 *
 * @throws LecternError as `teacher.teach` does
 * @example
 * ```ts
 * const result = await teachFixed(model, { loss: "label-smoothing", parameter: 0.1, recipe: teacher.manifest.recipe, train });
 * ```
 */
export async function teachFixed(model: LayersModel, options: TeachFixedOptions): Promise<TeachResult> {
  const warnings = collectWarnings(options);
  return runCourse(
    model,
    {
      guide: fixedLoss(options.loss, options.parameter),
      classes: classesOf(model),
      classNames: options.classNames ?? [],
      warnings,
      ...resolveRecipe(options.recipe, options, warnings),
    },
    options,
  );
}

/** How many classes a model tells apart: one output is a binary classifier's. */
function classesOf(model: LayersModel): number {
  const units = model.outputs[0]?.shape.at(-1) ?? 0;
  return units === 1 ? 2 : units;
}

function fixedLoss(loss: FixedLossName, parameter?: number): Guide {
  if (!Object.hasOwn(fixedLosses, loss))
    throw new LecternError(
      "invalid-argument",
      `There is no fixed loss ${JSON.stringify(loss)}.`,
      `Choose one of ${Object.keys(fixedLosses).join(", ")}.`,
    );
  const { parameter: known } = fixedLosses[loss] as { parameter?: { grid: readonly number[] } };
  const value = parameter ?? known?.grid[0] ?? 0;
  if (!Number.isFinite(value))
    throw new LecternError(
      "invalid-argument",
      `parameter is ${value}, expected a finite number.`,
      "Leave it out for the usual value.",
    );
  return fixedGuide(loss, value, watch);
}
