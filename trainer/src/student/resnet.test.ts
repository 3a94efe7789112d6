import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { assertCovered } from "../overlay/index.ts";
import { loadStudent } from "./index.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

async function trainable(name: string, inputShape: number[], classes = 10): Promise<number> {
  const build = await loadStudent(name);
  const model = build({ inputShape, classes, seed: 1 });
  const counts = model.trainableWeights.map(({ shape }) => shape.reduce<number>((n, d) => n * (d ?? 1), 1));
  model.dispose();
  return counts.reduce((a, b) => a + b);
}

describe("residual and dense students", () => {
  test.each([
    // Batch norm's scale and shift included, its moving statistics not.
    ["resnet8", 78_042],
    // He et al. 2016, table 6: 0.27 M and 0.46 M with option A; option B's 1×1 shortcuts add 2,752.
    ["resnet20", 272_474],
    ["resnet32", 466_906],
    // Zagoruyko & Komodakis 2016, table 4: WRN-40-1 0.6 M, WRN-16-4 2.7 M (2.8 by their own code).
    ["wrn-40-1", 563_930],
    ["wrn-16-4", 2_748_890],
    // Huang et al. 2017, table 2: DenseNet-BC (L = 100, k = 12) 0.8 M.
    ["densenet-bc-100-12", 769_162],
    ["densenet-bc-40-12", 176_122],
  ])("%s has %i trainable weights at 32 × 32 × 3, as the paper", async (name, count) => {
    expect(await trainable(name, [32, 32, 3])).toBe(count);
  });

  test("fewer classes and channels change the first and last layers alone", async () => {
    expect(await trainable("resnet8", [4, 4, 1], 3)).toBe(78_042 - 2 * 144 - 7 * 65);
  });

  test.each(["resnet8", "resnet20", "wrn-10-1", "densenet-bc-16-12"])(
    "%s is covered to second order, and gives logits of any sign",
    async (name) => {
      const build = await loadStudent(name);
      const before = tf.memory().numTensors;
      const model = build({ inputShape: [4, 4, 1], classes: 10, seed: 3 });
      await assertCovered(model);
      expect(model.outputs[0]!.shape).toEqual([null, 10]);
      const logits = tf.tidy(() =>
        (model.predict(tf.ones([1, 4, 4, 1])) as tf.Tensor).dataSync<"float32">().slice(),
      );
      expect(Math.min(...logits)).toBeLessThan(0);
      expect(Math.max(...logits)).toBeGreaterThan(0);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test("refuse what isn't an image, and depths that don't exist", async () => {
    const build = await loadStudent("resnet8");
    expect(() => build({ inputShape: [784], classes: 10, seed: 1 })).toThrow(
      "Student resnet8 got inputs of shape [784], expected images [height, width, channels] of at least 4 × 4. Use the student mlp, or larger images.",
    );
    await expect(loadStudent("wrn-27-10")).rejects.toThrow("There is no wrn-27-10");
    await expect(loadStudent("densenet-bc-40-0")).rejects.toThrow("There is no densenet-bc-40-0");
  });
});
