import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { assertCovered } from "../overlay/index.ts";
import { buildResnet8 } from "./index.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const trainable = (inputShape: number[], classes = 10) => {
  const model = buildResnet8({ inputShape, classes, seed: 1 });
  const counts = model.trainableWeights.map(({ shape }) => shape.reduce<number>((n, d) => n * (d ?? 1), 1));
  model.dispose();
  return counts.reduce((a, b) => a + b);
};

describe("resnet8", () => {
  test("has the size that its doc states", () => {
    expect(trainable([32, 32, 3])).toBe(78_042);
    expect(trainable([4, 4, 1], 3)).toBe(78_042 - 2 * 144 - 7 * 65);
  });

  test("is covered to second order, and gives logits of any sign", () => {
    const before = tf.memory().numTensors;
    const model = buildResnet8({ inputShape: [4, 4, 1], classes: 10, seed: 3 });
    assertCovered(model);
    expect(model.outputs[0]!.shape).toEqual([null, 10]);
    const logits = tf.tidy(() =>
      (model.predict(tf.ones([1, 4, 4, 1])) as tf.Tensor).dataSync<"float32">().slice(),
    );
    expect(Math.min(...logits)).toBeLessThan(0);
    expect(Math.max(...logits)).toBeGreaterThan(0);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses what isn't an image", () => {
    expect(() => buildResnet8({ inputShape: [784], classes: 10, seed: 1 })).toThrow(
      "Student resnet8 got inputs of shape [784], expected images [height, width, channels] of at least 4 × 4. Use the student mlp, or larger images.",
    );
  });
});
