import { crossEntropyStart, robustStart, type StartingPoint } from "@lectern/shared/teacher";
import type { TrainConfig } from "./config.ts";

/** Fixed losses that θ can start at, by name. */
export const starts: Readonly<Record<string, StartingPoint>> = {
  robust: robustStart,
  "cross-entropy": crossEntropyStart,
  "label-smoothing": { ...crossEntropyStart, smoothing: 0.1 },
  /** σ(log p) with a large gain and little cross-entropy: near the best fixed loss on small, noisy data. */
  bounded: { ...robustStart, diagonal: 1, logLinear: -2, logBounded: robustStart.logBounded + 1.7 },
  /** W = I, b = 0: the demo's, for the bilinear family. */
  identity: { ...crossEntropyStart, logLinear: 0, logBounded: 0 },
};

/** What `lectern train` does unless told otherwise: the recipe of the MNIST experiment (README.md). */
export const defaultRecipe: TrainConfig["recipe"] = {
  optimizer: { kind: "sgd", learningRate: 1.2, weightDecay: 0 },
  schedule: "cosine",
  batchSize: 64,
  steps: 500,
};

export const defaultMeta: TrainConfig["meta"] = {
  steps: 50,
  students: 2,
  optimizer: "adam",
  learningRate: 0.02,
  elementRate: 0.1,
  schedule: "cosine",
  clip: 1,
  clipFactor: 2,
  trustRegion: 0.5,
  frozen: ["U"],
  averaging: 0.9,
  validateEvery: 10,
  validationStudents: 4,
  edge: 1e4,
  setback: 1.5,
  explosion: null,
};

export const defaultMeasurement: TrainConfig["teacher"]["measurement"] = {
  everySteps: 25,
  devExamples: 1000,
  trainBatches: 4,
};
