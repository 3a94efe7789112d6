import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, expect, test } from "vitest";
import { buildStudent } from "./student.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

test.each([
  ["mlp-32", [4], [[4, 32], [32], [32, 3], [3]]],
  ["mlp-64-64", [12, 12, 1], [[144, 64], [64], [64, 64], [64], [64, 3], [3]]],
  ["lenet", [28, 28, 1], [[5, 5, 1, 20], [20], [5, 5, 20, 50], [50], [800, 500], [500], [500, 3], [3]]],
  ["lenet", [12, 12, 3], [[5, 5, 3, 20], [20], [3, 3, 20, 50], [50], [50, 500], [500], [500, 3], [3]]],
] as const)("%s on examples of shape %j has weights of shapes %j", (student, inputShape, shapes) => {
  const model = buildStudent({ inputShape, classes: 3, seed: 1, student });
  expect(model.getWeights().map(({ shape }) => shape)).toEqual(shapes);
  model.dispose();
});

test("kernels are Glorot uniform, biases zero, and a seed gives them again", () => {
  const build = (seed: number) => {
    const model = buildStudent({ inputShape: [144], classes: 10, seed, student: "mlp-128" });
    const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
    model.dispose();
    return weights;
  };
  const [kernel, bias] = build(5);
  const limit = Math.sqrt(6 / (144 + 128));
  const spread = Math.sqrt(kernel!.reduce((sum, w) => sum + w * w, 0) / kernel!.length);
  expect(Math.max(...kernel!.map(Math.abs))).toBeLessThanOrEqual(limit);
  // Of U(−l, l): l / √3, to 1 % with 18,432 draws.
  expect(spread / (limit / Math.sqrt(3))).toBeCloseTo(1, 1.5);
  expect(bias!.every((b) => b === 0)).toBe(true);
  expect(build(5)).toEqual(build(5));
  expect(build(6)[0]).not.toEqual(kernel);
});

test("a LeNet is refused for tables and small images", () => {
  for (const inputShape of [[4], [8, 8, 1]])
    expect(() => buildStudent({ inputShape, classes: 3, seed: 1, student: "lenet" })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
});
