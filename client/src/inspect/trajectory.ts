import { chance, needsDev, type StudentState } from "@lectern/shared/teacher";
import type { Recipe } from "@lectern/shared/schema";
import type { TeacherNetwork } from "../lesson/guide.ts";

/** A teacher to be looked at: its network, and what it was made for. */
export interface Subject {
  /** "glyphs-noise 1.0.0", or a run's folder. */
  readonly label: string;
  readonly network: TeacherNetwork;
  readonly recipe: Recipe;
  readonly classNames: readonly string[];
}

/** A state of a student, and the step that it was in. */
export interface Moment {
  readonly step: number;
  readonly state: StudentState;
}

/** Where the nominal student ends: training accuracy as labelled, and dev accuracy. */
const ends = { train: 0.85, dev: 0.9 } as const;

/**
 * The states of a made-up student that learns like most, for a teacher whose own task isn't at hand: from chance, every
 * statistic approaches its end as 1 − e^−5t/T; cross-entropy is −log of the accuracy; classes are alike.
 *
 * @returns a moment at every measurement of the recipe's T steps
 */
export function nominalTrajectory({ network, recipe }: Pick<Subject, "network" | "recipe">): Moment[] {
  const { spec, features, measurement } = network;
  const start = chance(spec.classes);
  const moments: Moment[] = [];
  for (let step = 0; step < recipe.steps; step += measurement.everySteps) {
    const time = step / recipe.steps;
    const learned = 1 - Math.exp(-5 * time);
    const towards = (end: number) => start.accuracy + (end - start.accuracy) * learned;
    const accuracy = towards(ends.train);
    moments.push({
      step,
      state: {
        time,
        train:
          step === 0
            ? start
            : {
                accuracy,
                crossEntropy: -Math.log(accuracy),
                confidence: accuracy,
                confidenceSpread: 0.2 * learned,
              },
        ...(needsDev(features) && {
          dev: {
            accuracy: towards(ends.dev),
            precision: Array.from({ length: spec.classes }, () => towards(ends.dev)),
          },
        }),
      },
    });
  }
  return moments;
}
