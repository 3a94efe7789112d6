import type { Manifest } from "../schema/index.ts";
import { sizeOf, thetaLayout } from "../teacher/index.ts";
import { serializeSafetensors } from "./serialize-safetensors.ts";

/** A valid manifest for tests: a teacher of three glyphs with 2 keys, family `mixed`, feature set `no-dev`. */
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
        { name: "time", offset: 0, scale: 1 },
        { name: "train-accuracy", offset: 0, scale: 1 },
        { name: "train-cross-entropy", offset: 0.5, scale: 0.75 },
        { name: "train-confidence", offset: 0, scale: 1 },
        { name: "train-confidence-spread", offset: 0, scale: 1 },
        { name: "one", offset: 0, scale: 1 },
      ],
      measurement: { everySteps: 20, devExamples: 0, trainBatches: 5 },
    },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 1.25, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 16,
      steps: 60,
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
        setting: "glyphs, mlp, 40 % noise, T = 60",
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

/**
 * Weights that fit the manifest: small numbers that another seed makes others, unless `value` says what stands where.
 *
 * @returns a safetensors file
 */
export function exampleWeights(
  { loss, teacher, classes, state }: Manifest,
  seed = 0,
  value = (_name: string, index: number): number => (((index + seed) * 7) % 11) / 16 + seed / 1024,
): Uint8Array<ArrayBuffer> {
  const { length: features } = state.features;
  const layout = thetaLayout({
    family: loss.family,
    architecture: teacher,
    classes: classes.count,
    features,
  });
  return serializeSafetensors(
    Object.fromEntries(
      layout.map(({ name, shape }) => [
        name,
        { shape: [...shape], data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(name, i)) },
      ]),
    ),
    { format: "lectern-teacher" },
  );
}
