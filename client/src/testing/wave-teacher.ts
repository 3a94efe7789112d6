import { featuresOf, initialTheta, robustStart, type StartingPoint } from "@lectern/shared/teacher";
import type { Architecture, FeatureSet } from "@lectern/shared/schema";
import type { Subject } from "../inspect/index.ts";

/** A teacher of ten classes whose keys differ: each θ is the start, shifted by a wave that no two share. */
export function waveTeacher({
  family = "mixed",
  architecture = { kind: "attention", keys: 3 } as Architecture,
  featureSet = "pooled" as FeatureSet,
  classes = 4,
  wave = 0.3,
  start = robustStart as StartingPoint,
} = {}): Subject {
  const features = featuresOf(featureSet, classes);
  const spec = { family, architecture, classes, features: features.length };
  const theta = Object.fromEntries(
    Object.entries(initialTheta(spec, 1, start)).map(([name, { shape, data }], at) => [
      name,
      { shape, data: data.map((value, i) => Math.fround(value + wave * Math.sin(7 * i + at))) },
    ]),
  );
  return {
    label: "wave 1.0.0",
    network: { spec, theta, features, measurement: { everySteps: 5, devExamples: 100, trainBatches: 5 } },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.5, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 16,
      steps: 50,
    },
    classNames: Array.from({ length: classes }, (_, k) => `class "${k}"`),
  };
}
