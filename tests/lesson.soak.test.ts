import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { createBatches, openExamples, openStudent, runLesson, teacherGuide } from "@lectern/client/lesson";
import { featuresOf, initialTheta } from "@lectern/shared/teacher";
import { useBackend } from "../trainer/src/backend/select.ts";

test.each(["cpu", "wasm"])("no tensor is left after 10,000 steps on %s", async (backend) => {
  await useBackend(backend);
  const before = tf.memory().numTensors;
  const model = sequential({
    layers: [layers.dense({ units: 8, activation: "relu", inputShape: [4] }), layers.dense({ units: 3 })],
  });
  const names = { classes: 3, classNames: [], what: "train" };
  const y = Int32Array.from({ length: 96 }, (_, i) => i % 3);
  const x = tf.tidy(() => tf.randomNormal([96, 4], 0, 1, "float32", 7));
  const train = await openExamples({ x, y }, names);
  const features = featuresOf("full", 3);
  const spec = {
    family: "mixed",
    architecture: { kind: "attention", keys: 3 },
    classes: 3,
    features: features.length,
  } as const;
  const measurement = { everySteps: 25, devExamples: 96, trainBatches: 4 };
  const counts: number[] = [];
  const { status } = await runLesson({
    student: openStudent(model, 3),
    guide: teacherGuide({ spec, theta: initialTheta(spec, 1), features, measurement }),
    train,
    dev: train,
    batches: createBatches(96, 16, 1),
    recipe: {
      optimizer: { kind: "momentum", learningRate: 0.01, momentum: 0.9, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 16,
      steps: 10_000,
    },
    onStep({ step }) {
      if (step % 1000 === 99) counts.push(tf.memory().numTensors);
    },
  });
  expect(status).toBe("completed");
  expect(new Set(counts).size).toBe(1);
  train.dispose();
  x.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
