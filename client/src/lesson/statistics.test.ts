import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { openExamples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import { leaks, useBackend } from "../testing/students.ts";
import { composedSums as batchSums, devStatistics, errorRate, trainStatistics } from "./statistics.ts";

beforeAll(() => useBackend("cpu"));

// softmax(log a, log b, log c) is (a, b, c) for numbers that sum to 1.
const probabilities = [
  [0.7, 0.2, 0.1],
  [0.1, 0.6, 0.3],
  [0.5, 0.25, 0.25],
];
const logits = () => tf.log(tf.tensor2d(probabilities)) as tf.Tensor2D;
const target = () =>
  tf.tensor2d([
    [1, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
  ]);

test("training statistics by hand", () => {
  const sums = tf.tidy(() => batchSums(logits(), target()).dataSync());
  const { accuracy, crossEntropy, confidence, confidenceSpread } = trainStatistics([sums]);
  expect(accuracy).toBeCloseTo(1 / 3, 6);
  expect(crossEntropy).toBeCloseTo(-(Math.log(0.7) + Math.log(0.3) + Math.log(0.25)) / 3, 6);
  expect(confidence).toBeCloseTo(0.6, 6);
  expect(confidenceSpread).toBeCloseTo(Math.sqrt((0.01 + 0 + 0.01) / 3), 5);
});

test("a weight of 0 takes an example out of the statistics; batches add up", () => {
  const masked = tf.tidy(() => batchSums(logits(), target(), tf.tensor1d([2, 0, 1])).dataSync());
  expect(trainStatistics([masked]).accuracy).toBeCloseTo(2 / 3, 6);
  expect(trainStatistics([masked]).crossEntropy).toBeCloseTo(-(2 * Math.log(0.7) + Math.log(0.25)) / 3, 6);
  expect(trainStatistics([masked, masked]).confidence).toBeCloseTo((2 * 0.7 + 0.5) / 3, 6);
});

/** A student whose logits are its inputs. */
const echo = { classes: 3, forward: (x: tf.Tensor) => tf.clone(x) } as unknown as Student;
const dev = (predicted: number[], y: number[], weights?: number[]) =>
  openExamples(
    {
      x: predicted.map((k) => [0, 1, 2].map((j) => Number(j === k))),
      y,
      ...(weights && { weights }),
    },
    { classes: 3, classNames: [], what: "dev" },
  );

test("precision is the right share of a class's predictions, 0 where it is never predicted", async () => {
  const left = await leaks(async () => {
    const examples = await dev([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 2]);
    const { accuracy, precision } = await devStatistics(echo, examples, 100);
    expect(accuracy).toBeCloseTo(4 / 6, 12);
    expect(precision).toEqual([3 / 4, 1 / 2, 0]);
    expect(await errorRate(echo, examples)).toBeCloseTo(2 / 6, 12);
    // Only the first four are looked at.
    expect(await devStatistics(echo, examples, 4)).toEqual({ accuracy: 3 / 4, precision: [3 / 4, 0, 0] });
    examples.dispose();
  });
  expect(left).toBe(0);
});

test("weights count in dev statistics; all of them 0 gives 0, not NaN", async () => {
  const some = await dev([0, 0, 1], [0, 1, 1], [3, 1, 0]);
  expect(await devStatistics(echo, some, 3)).toEqual({ accuracy: 0.75, precision: [0.75, 0, 0] });
  const none = await dev([0], [0], [0]);
  expect(await devStatistics(echo, none, 1)).toEqual({ accuracy: 0, precision: [0, 0, 0] });
  some.dispose();
  none.dispose();
});
