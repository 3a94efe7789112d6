import { demand } from "../errors/index.ts";
import type { Feature, FeatureSet } from "../schema/manifest.ts";

/** Weighted means over the training batches just before a measurement, from the logits that the step itself computed. */
export interface TrainStatistics {
  /** Share of examples whose largest logit is the label's. */
  readonly accuracy: number;
  /** Mean −log p_y, in nats. */
  readonly crossEntropy: number;
  /** Mean of max_j p_j. */
  readonly confidence: number;
  /** Standard deviation of max_j p_j. */
  readonly confidenceSpread: number;
}

export interface DevStatistics {
  readonly accuracy: number;
  /** Of class k's predictions, the share that is right; 0 where nothing is predicted as k. */
  readonly precision: readonly number[];
}

/** A student's state as recorded at one measurement. φ_t is a function of this and nothing else. */
export interface StudentState {
  /** t / T at the measurement, 0 … 1. */
  readonly time: number;
  readonly train: TrainStatistics;
  /** Absent for feature sets that need no dev data. */
  readonly dev?: DevStatistics;
}

/** What is known before the first batch: chance. */
export function chance(classes: number): TrainStatistics {
  return {
    accuracy: 1 / classes,
    crossEntropy: Math.log(classes),
    confidence: 1 / classes,
    confidenceSpread: 0,
  };
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const spread = (xs: readonly number[]): number => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)));

/** Every feature that this code knows how to measure, by name. */
function measured({ time, train, dev }: StudentState): ReadonlyMap<string, number> {
  return new Map(
    Object.entries({
      one: 1,
      time,
      "train-accuracy": train.accuracy,
      "train-cross-entropy": train.crossEntropy,
      "train-confidence": train.confidence,
      "train-confidence-spread": train.confidenceSpread,
      ...(dev && measuredOnDev(dev)),
    }),
  );
}

function measuredOnDev({ accuracy, precision }: DevStatistics): Record<string, number> {
  return {
    "dev-accuracy": accuracy,
    "dev-precision-mean": mean(precision),
    "dev-precision-min": Math.min(...precision),
    "dev-precision-spread": spread(precision),
    ...Object.fromEntries(precision.map((value, k) => [`dev-precision:${k}`, value])),
  };
}

const plainFeature = (name: string): Feature => ({ name, offset: 0, scale: 1 });

/**
 * The features of a set, in order. `full` is the paper's: t/T, training accuracy, dev accuracy, dev precision of each
 * class (13 numbers at 10 classes), and a constant 1. `pooled` replaces the classes by their mean, minimum and spread.
 * `no-dev` has training statistics only; `demo` the two numbers of the authors' demo (the batch's error as an accuracy);
 * `time` nothing of the student, so that what a state adds can be told from what a schedule does.
 */
export function featuresOf(set: FeatureSet, classes: number): Feature[] {
  const names: Record<FeatureSet, () => string[]> = {
    full: () => [
      "time",
      "train-accuracy",
      "dev-accuracy",
      ...Array.from({ length: classes }, (_, k) => `dev-precision:${k}`),
    ],
    pooled: () => [
      "time",
      "train-accuracy",
      "train-cross-entropy",
      "train-confidence",
      "dev-accuracy",
      "dev-precision-mean",
      "dev-precision-min",
      "dev-precision-spread",
    ],
    "no-dev": () => [
      "time",
      "train-accuracy",
      "train-cross-entropy",
      "train-confidence",
      "train-confidence-spread",
    ],
    time: () => ["time"],
    demo: () => ["time", "train-accuracy"],
  };
  return [...names[set](), "one"].map((name) =>
    // Cross-entropy is in nats: by log K it is 1 at chance, like the others' order of magnitude.
    name === "train-cross-entropy" ? { name, offset: 0, scale: 1 / Math.log(classes) } : plainFeature(name),
  );
}

export const needsDev = (features: readonly Feature[]): boolean =>
  features.some(({ name }) => name.startsWith("dev-"));

/** True if this code knows how to measure a feature of that name for K classes. */
export function isKnownFeature(name: string, classes: number): boolean {
  const precision = Array.from<number>({ length: classes }).fill(0);
  return measured({ time: 0, train: chance(classes), dev: { accuracy: 0, precision } }).has(name);
}

/**
 * s_t as the teacher sees it: (raw − offset)·scale for each feature, in order. Length D.
 * A value that isn't finite (a diverging student's cross-entropy) is clamped to ±1e6, so that φ stays finite.
 *
 * @throws LecternError `invalid-argument` for a feature of dev data that the state hasn't; `unsupported` for others
 */
export function stateVector(features: readonly Feature[], state: StudentState): Float64Array {
  const known = measured(state);
  return Float64Array.from(features, ({ name, offset, scale }) => {
    const raw = known.get(name);
    demand(
      raw !== undefined,
      state.dev ? "unsupported" : "invalid-argument",
      `The state has no "${name}"`,
      state.dev ? undefined : "Pass dev: { x, y }, or use a no-dev teacher.",
    );
    const value = (raw - offset) * scale;
    return Number.isNaN(value) ? 0 : Math.min(1e6, Math.max(-1e6, value));
  });
}
