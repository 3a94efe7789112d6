import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import type { FeatureSet, LossFamily, Manifest } from "@lectern/shared/schema";
import { featuresOf, thetaLayout } from "@lectern/shared/teacher";
import { createTeacher, type Teacher, type TeacherTensors } from "../teacher/index.ts";

/** Points around K corners of a square, a plane apart from each other: any student learns them. Values by formula. */
export function cornerData(count: number, classes = 3): { x: number[][]; y: number[] } {
  const y = Array.from({ length: count }, (_, i) => i % classes);
  const x = y.map((k, i) => [
    2 * Math.cos((2 * Math.PI * k) / classes) + 0.6 * Math.sin(7.1 * i),
    2 * Math.sin((2 * Math.PI * k) / classes) + 0.6 * Math.cos(3.7 * i),
  ]);
  return { x, y };
}

export const oneHot = (y: readonly number[], classes = 3): number[][] =>
  y.map((k) => Array.from({ length: classes }, (_, j) => Number(j === k)));

/** 2 → hidden → K, the same initial weights each time. */
export function mlp({
  units = 3,
  activation = "linear",
  hidden = 8,
}: { units?: number; activation?: "linear" | "softmax" | "sigmoid"; hidden?: number } = {}) {
  const init = (seed: number) => layers.initializers.glorotUniform({ seed });
  return layers.sequential({
    layers: [
      layers.layers.dense({
        units: hidden,
        inputShape: [2],
        activation: "tanh",
        kernelInitializer: init(1),
      }),
      layers.layers.dense({ units, activation, kernelInitializer: init(2) }),
    ],
  });
}

export interface TeacherChoices {
  featureSet?: FeatureSet;
  family?: LossFamily;
  classes?: number;
  recipe?: Partial<Manifest["recipe"]>;
  everySteps?: number;
}

/** A robust loss (W = 2I, U = I, a = 1/e, g = 2.4) with a wave over it, so that no two keys are alike. */
function thetaAt(name: string, i: number, classes: number): number {
  const diagonal = Number(Math.floor(i / classes) % classes === i % classes);
  const base = { U: diagonal, W: 2 * diagonal, c: i % 2 ? 0.9 : -1 }[name] ?? 0;
  return base + (name === "V" ? 0.5 : 0.05) * Math.sin(2 * i + 1);
}

/** A teacher's manifest and weights, made by formula; φ moves with the state. */
export function smallArtifact({
  featureSet = "no-dev",
  family = "mixed",
  classes = 3,
  recipe = {},
  everySteps = 5,
}: TeacherChoices = {}): { manifest: Manifest; tensors: TeacherTensors } {
  const features = featuresOf(featureSet, classes);
  const architecture = { kind: "attention", keys: 3 } as const;
  const spec = { family, architecture, classes, features: features.length };
  const tensors = Object.fromEntries(
    thetaLayout(spec).map(({ name, shape }) => {
      const size = shape.reduce((n, m) => n * m, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, (_, i) => thetaAt(name, i, classes)) },
      ];
    }),
  );
  const manifest: Manifest = {
    format: "lectern-teacher",
    formatVersion: 1,
    name: "corners",
    version: "1.0.0",
    description: "",
    license: "MIT",
    classes: { count: classes, names: Array.from({ length: classes }, (_, k) => `corner-${k}`) },
    tasks: ["corners"],
    loss: { family },
    teacher: architecture,
    state: {
      featureSet,
      features,
      measurement: {
        everySteps,
        devExamples: featureSet === "full" || featureSet === "pooled" ? 30 : 0,
        trainBatches: 2,
      },
    },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.5, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 15,
      steps: 20,
      ...recipe,
    },
    weights: { format: "safetensors", sha256: "0".repeat(64), bytes: 8 },
    provenance: {
      trainer: "by hand",
      task: "corners",
      dataset: {},
      students: ["mlp"],
      estimator: "store",
      metric: "soft-error",
      metaSteps: 0,
      seed: 0,
      evaluation: null,
    },
    publisher: { name: "tests", publicKey: "" },
  };
  return { manifest, tensors };
}

export const smallTeacher = (choices: TeacherChoices = {}): Teacher => createTeacher(smallArtifact(choices));

/** A model's weights as plain numbers. */
export const weightsOf = (model: layers.LayersModel): number[] =>
  model.getWeights().flatMap((w) => Array.from(w.dataSync()));

/** Tensors that `work` leaves behind. */
export async function leaks(work: () => Promise<unknown>): Promise<number> {
  const before = tf.memory().numTensors;
  await work();
  return tf.memory().numTensors - before;
}

export async function useBackend(name: "cpu" | "wasm"): Promise<void> {
  tf.env().set("PROD", true);
  if (name === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  else await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend(name);
  await tf.ready();
}
