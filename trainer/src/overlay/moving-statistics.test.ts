import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { installOverlay } from "./install.ts";
import { holdMovingStatistics } from "./moving-statistics.ts";

it("puts the moving statistics back, after a failure too, and leaks nothing", async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  installOverlay();
  const model = sequential({
    layers: [
      layers.batchNormalization({ inputShape: [3] }),
      layers.dense({ units: 2, kernelInitializer: "ones" }),
    ],
  });
  const x = tf.tensor2d([1, 2, 3, 4, 5, 7], [2, 3]);
  const moving = (): number[] => model.nonTrainableWeights.flatMap((weight) => [...weight.read().dataSync()]);
  const before = moving();
  const tensors = tf.memory().numTensors;
  const run = (): void => tf.dispose(tf.tidy(() => model.apply(x, { training: true }) as tf.Tensor));
  holdMovingStatistics(model, run);
  expect(moving()).toEqual(before);
  expect(() =>
    holdMovingStatistics(model, () => {
      run();
      throw new Error("late");
    }),
  ).toThrow("late");
  expect(moving()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
  run();
  expect(moving()).not.toEqual(before);
});
