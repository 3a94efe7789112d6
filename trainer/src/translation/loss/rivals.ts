import type { MeasurementIntervals } from "@lectern/shared/schema";
import type { Algebra } from "@lectern/shared/teacher";
import { fixedGuide, type Guide } from "@lectern/client/lesson";

/** A loss for translators that is no teacher's. */
export interface TranslationRival {
  /** Its own parameter, and the values that tuning tries first. */
  readonly parameter?: { readonly name: string; readonly grid: readonly number[] };
  guide(value: number): Guide;
}

/**
 * log Σⱼ exp(zⱼ + m·[j ≠ y]) − z_y: cross-entropy with a cost m for every other word (Gimpel & Knight 2010,
 * "Softmax-Margin CRFs"; token by token, as opposed to Edunov et al. 2018). The same as the large-margin loss in its
 * additive form, since both compare z_y − m with the other logits.
 */
export function softmaxMargin<T>(A: Algebra<T>, logits: T, target: T, margin: number): T {
  const scalar = (value: number) => A.tensor([value], []);
  const cost = A.mul(A.sub(scalar(1), target), scalar(margin));
  // lse(z + cost) − z_y, where log-softmax(z + cost)_y = z_y − lse(z + cost): y's own cost is 0.
  return A.mul(A.sum(A.mul(A.logSoftmax(A.add(logits, cost)), target), 1), scalar(-1));
}

/**
 * Label smoothing by ε(t) = 2ε(1 − t/T): strongest where a student knows nothing, gone at the end, ε in the mean. Set anew
 * every `everySteps` steps.
 */
export function scheduledSmoothing(epsilon: number, everySteps: number): Guide {
  const measurement: MeasurementIntervals = { everySteps, devExamples: 0, trainBatches: 1 };
  return {
    measurement,
    needsDev: false,
    emit: ({ time }) => ({
      epsilon: { shape: [], data: Float64Array.of(2 * epsilon * (1 - time)) },
    }),
    losses(A, { epsilon: now }, logits, target) {
      const K = A.shapeOf(logits)[1]!;
      const logP = A.logSoftmax(logits);
      const right = A.sum(A.mul(logP, target), 1);
      const all = A.mul(A.sum(logP, 1), A.tensor([1 / K], []));
      // −(1 − ε) log p_y − ε/K Σ log p
      return A.sub(A.mul(A.sub(right, all), A.sub(now!, A.tensor([1], []))), all);
    },
  };
}

/** How often scheduled smoothing changes. Steps. */
const smoothingSteps = 10;

/** What a teacher of translators is measured against. */
export const translationRivals: Readonly<Record<string, TranslationRival>> = {
  "cross-entropy": { guide: () => fixedGuide("cross-entropy") },
  "label-smoothing": {
    parameter: { name: "epsilon", grid: [0.1, 0.2, 0.3] },
    guide: (epsilon) => fixedGuide("label-smoothing", epsilon),
  },
  "softmax-margin": {
    parameter: { name: "margin", grid: [0.5, 1, 2] },
    guide: (margin) => ({
      needsDev: false,
      emit: () => ({}),
      losses: (A, _, logits, target) => softmaxMargin(A, logits, target, margin),
    }),
  },
  "scheduled-smoothing": {
    parameter: { name: "epsilon", grid: [0.1, 0.2, 0.3] },
    guide: (epsilon) => scheduledSmoothing(epsilon, smoothingSteps),
  },
};
