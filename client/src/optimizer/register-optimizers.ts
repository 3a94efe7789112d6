import { optimizerNumbers, schedules } from "@lectern/shared/artifact";
import { adadelta, adagrad, adamax, centeredRmsprop, nesterov, rmsprop } from "./further-rules.ts";
import { rules } from "./rule.ts";

const base = { learningRate: Number.NaN, weightDecay: 0 };
const epsilon = 1e-7;
const rootMeanSquare = { ...base, decay: 0.9, momentum: 0, epsilon };

const furtherNumbers = {
  nesterov: { ...base, momentum: Number.NaN },
  rmsprop: rootMeanSquare,
  "centered-rmsprop": rootMeanSquare,
  adagrad: { ...base, initialAccumulatorValue: 0.1 },
  adadelta: { ...base, rho: 0.95, epsilon },
  adamax: { ...base, beta1: 0.9, beta2: 0.999, epsilon, decay: 0 },
};

/** Falls by a factor from each of these shares of T on. */
const falls =
  (factor: number, ...shares: readonly number[]) =>
  (base: number, step: number, steps: number): number =>
    base * factor ** shares.filter((share) => step >= share * steps).length;

/**
 * Lets recipes name the optimizers of tf.train beside sgd, momentum and adam: `nesterov`, `rmsprop`, `centered-rmsprop`,
 * `adagrad`, `adadelta` and `adamax`; and the schedules `step` and `wide-step`. Call it before a teacher is loaded. Twice is harmless.
 *
 * @example
 * ```ts
 * registerOptimizers();
 * const teacher = await loadTeacher("/teachers/glyphs-1.0.0"); // its recipe may say rmsprop now
 * ```
 */
export function registerOptimizers(): void {
  Object.assign(rules, {
    nesterov,
    rmsprop,
    "centered-rmsprop": centeredRmsprop,
    adagrad,
    adadelta,
    adamax,
  } satisfies typeof rules);
  for (const [kind, numbers] of Object.entries(furtherNumbers)) optimizerNumbers.set(kind, numbers);
  schedules.set("step", falls(0.1, 0.5, 0.75));
  schedules.set("wide-step", falls(0.2, 0.3, 0.6, 0.8));
}
