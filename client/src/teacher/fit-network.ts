import { openRecipe } from "@lectern/shared/artifact";
import type { Manifest, Recipe } from "@lectern/shared/schema";
import { chance, needsDev, sizeOf, stateVector, thetaLayout } from "@lectern/shared/teacher";
import type { TeacherNetwork } from "../lesson/guide.ts";
import type { TeacherTensors } from "./network.ts";

/**
 * A teacher's network and recipe, if all that teaching uses of them fits together; else undefined, or whatever a malformed
 * manifest makes be thrown. The publisher signed it, and the API checked each field: what isn't so is rare enough for
 * one sentence. `openNetwork` says which field it is.
 *
 * @throws LecternError `unsupported`: a state feature or an optimizer of a later version
 */
export function fitNetwork(
  { classes, loss, teacher: architecture, state, recipe }: Manifest,
  tensors: TeacherTensors,
): { network: TeacherNetwork; recipe: Recipe } | undefined {
  const { count, names } = classes;
  const { features, measurement } = state;
  const { everySteps, trainBatches, devExamples } = measurement;
  const spec = { family: loss.family, architecture, classes: count, features: features.length };
  const fits =
    new Set(names).size === count &&
    stateVector(features, {
      time: 0,
      train: chance(count),
      dev: { accuracy: 0, precision: names.map(() => 0) },
    }) &&
    [everySteps, trainBatches, needsDev(features) ? devExamples : 1].every(
      (n) => Number.isInteger(n) && n >= 1,
    ) &&
    features.every(({ offset, scale }) => Number.isFinite(offset) && Number.isFinite(scale)) &&
    thetaLayout(spec).every(({ name, shape }) => {
      const { shape: found, data } = tensors[name]!;
      return String(found) === String(shape) && data.length === sizeOf(shape) && data.every(Number.isFinite);
    });
  return fits
    ? { network: { spec, theta: tensors, features, measurement }, recipe: openRecipe(recipe) }
    : undefined;
}
