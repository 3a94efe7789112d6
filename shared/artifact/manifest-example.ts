import type { Manifest } from "../schema/index.ts";

/** A valid manifest for tests, of a small teacher that doesn't exist. */
export function exampleManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    format: "lectern-teacher",
    formatVersion: 1,
    name: "glyphs",
    version: "1.0.0",
    description: "Three glyphs with 40 % label noise.",
    license: "MIT",
    classes: { count: 3, names: ["zero", "one", "two"] },
    tasks: ["glyphs"],
    loss: { family: "mixed" },
    teacher: { kind: "attention", keys: 2 },
    state: {
      featureSet: "no-dev",
      features: [
        { name: "progress", offset: 0, scale: 1 },
        { name: "batch-loss", offset: 1.1, scale: 0.5 },
      ],
      measurement: { everySteps: 20, devExamples: 0, trainBatches: 5 },
    },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 1.2, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 64,
      steps: 500,
    },
    weights: { format: "safetensors", sha256: "0".repeat(64), bytes: 8 },
    provenance: {
      trainer: "0.1.0",
      task: "glyphs",
      dataset: { name: "glyphs", size: 1000, clean: false },
      students: ["mlp"],
      estimator: "store",
      metric: "soft-error",
      metaSteps: 50,
      seed: 1,
      evaluation: {
        setting: "glyphs, mlp, 40 % noise, T = 500",
        metric: "test error %",
        pairedSeeds: 10,
        rows: [
          {
            loss: "teacher",
            learningRate: 1.2,
            parameters: {},
            error: { mean: 7, low: 6, high: 8 },
            pValue: null,
          },
          {
            loss: "focal",
            learningRate: 1,
            parameters: { gamma: 2 },
            error: { mean: 9, low: 8, high: 10 },
            pValue: 0.001,
          },
        ],
      },
    },
    publisher: { name: "lectern", publicKey: "A".repeat(43) + "=" },
    ...changes,
  };
}
