import { z } from "zod";
import { base64, semanticVersion, sha256, teacherName } from "./names.ts";
import { recipe } from "./recipe.ts";

/** Of the format that this code writes; it reads this and every earlier one. */
export const formatVersion = 1;

/** Clients open `invariant` and `taylor` after `registerFamilies()` of @lectern/client/families. */
export const lossFamily = z.enum(["bilinear", "mixed", "gain", "invariant", "taylor"]);
export const architecture = z.discriminatedUnion("kind", [
  /** φ = Σ softmax(s·V)ᵢ θᵢ over N keys (the paper). */
  z.strictObject({ kind: z.literal("attention"), keys: z.int().min(1).max(1024) }),
  /** φ = θ₀ + (2σ(s·V + c) − 1)·θ₁ (the authors' demo). */
  z.strictObject({ kind: z.literal("gate") }),
]);
export const featureSet = z.enum(["full", "pooled", "no-dev", "time", "demo"]);

/** A state feature: the teacher sees (raw − offset)·scale. */
export const feature = z.strictObject({
  name: z.string().min(1).max(64),
  offset: z.number(),
  scale: z.number(),
});

/** When and on how much the student's state is measured: the same in meta-training and on the device. */
export const measurement = z.strictObject({
  /** φ is emitted at steps 0, n, 2n…, and holds in between. */
  everySteps: z.int().min(1),
  /** How many dev examples (the first ones) are looked at; 0 where the feature set needs none. */
  devExamples: z.int().min(0),
  /** Training statistics are means over this many batches before the measurement. */
  trainBatches: z.int().min(1),
});

const figure = z.strictObject({ mean: z.number(), low: z.number(), high: z.number() });
/** The table that a teacher was published with: test error in per cent, mean and 95 % interval, a row per loss. */
export const evaluationTable = z.strictObject({
  /** What was trained and tested, in words: data, student, noise, T. */
  setting: z.string(),
  metric: z.string(),
  pairedSeeds: z.int().min(1),
  rows: z.array(
    z.strictObject({
      loss: z.string(),
      learningRate: z.number().positive(),
      parameters: z.record(z.string(), z.number()),
      error: figure,
      /** p of the two-sided paired test against the teacher; null in the teacher's own row. */
      pValue: z.number().min(0).max(1).nullable(),
    }),
  ),
});

export const provenance = z.strictObject({
  trainer: z.string(),
  task: z.string(),
  /** What the students learned from: name, size of a local subset, label noise, imbalance. */
  dataset: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  students: z.array(z.string()).min(1),
  estimator: z.string(),
  metric: z.string(),
  metaSteps: z.int().min(0),
  seed: z.int(),
  evaluation: evaluationTable.nullable(),
});

/**
 * The manifest of a released teacher. A version is immutable; the publisher signs the manifest's exact bytes.
 */
export const manifest = z.strictObject({
  format: z.literal("lectern-teacher"),
  formatVersion: z.literal(formatVersion),
  name: teacherName,
  version: semanticVersion,
  description: z.string().max(2000),
  license: z.string().min(1).max(64),
  classes: z.strictObject({
    count: z.int().min(2).max(4096),
    names: z.array(z.string().min(1).max(128)).min(2),
  }),
  tasks: z.array(z.string().min(1).max(64)).min(1),
  loss: z.strictObject({ family: lossFamily }),
  teacher: architecture,
  state: z.strictObject({ featureSet, features: z.array(feature).min(1), measurement }),
  recipe,
  weights: z.strictObject({ format: z.literal("safetensors"), sha256, bytes: z.int().min(8) }),
  provenance,
  publisher: z.strictObject({ name: teacherName, publicKey: base64 }),
});

/**
 * A manifest as it travels: its exact text, and the publisher's Ed25519 signature over the text's UTF-8 bytes.
 * The signature stands beside the text, so that nobody has to re-serialise JSON to check it.
 */
export const signedManifest = z.strictObject({
  manifest: z.string().max(1_000_000),
  signature: base64,
  publicKey: base64,
});

export type Manifest = z.infer<typeof manifest>;
export type LossFamily = z.infer<typeof lossFamily>;
export type Architecture = z.infer<typeof architecture>;
export type FeatureSet = z.infer<typeof featureSet>;
export type Feature = z.infer<typeof feature>;
export type MeasurementIntervals = z.infer<typeof measurement>;
export type EvaluationTable = z.infer<typeof evaluationTable>;
export type Provenance = z.infer<typeof provenance>;
export type SignedManifest = z.infer<typeof signedManifest>;
