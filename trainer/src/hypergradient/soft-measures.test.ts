import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { measureOf } from "../measure/index.ts";
import { metricOf } from "./metric.ts";
import { expectClasses } from "./soft-measures.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

/** Sure students: a smooth measure is then nearly the measure itself. */
const labels = [0, 1, 1, 2, 0, 2];
const decided = [0, 0, 1, 2, 0, 1];
const logits = (sure: number, classes = 3) =>
  tf.tidy(() => tf.mul(tf.oneHot(tf.tensor1d(decided, "int32"), classes), sure) as tf.Tensor2D);
const target = (classes = 3) =>
  tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes), "float32") as tf.Tensor2D;
const valueOf = (name: string, said: tf.Tensor2D, right: tf.Tensor2D): number =>
  tf.tidy(() => tf.mean(metricOf(name).values(said, right)).dataSync()[0]!);

describe("of a sure student", () => {
  test.each(["balanced-error", "macro-f1", "distance-cost"])("soft-%s is the measure", (name) => {
    const said = logits(20);
    const scored = {
      logP: tf.logSoftmax(said).dataSync() as Float32Array,
      labels: Int32Array.from(labels),
      classes: 3,
    };
    const exact = measureOf(name).loss(scored, { offsets: [0, 0, 0], sharpness: 1 });
    expect(exact).toBeGreaterThan(0.1);
    expect(valueOf(`soft-${name}`, said, target())).toBeCloseTo(exact, 3);
    expect(metricOf(`soft-${name}:20`).measure).toBe(name);
  });
});

describe("slopes point to what the measure wants", () => {
  /** −∂M/∂logits: where a small step helps. */
  const pull = (name: string, said: tf.Tensor2D, right: tf.Tensor2D): number[][] =>
    tf.tidy(() =>
      tf.neg(tf.grad((x) => tf.mean(metricOf(name).values(x as tf.Tensor2D, right)))(said)).arraySync(),
    ) as number[][];

  test("macro-F1 pulls a rare class's example harder than a frequent one's", () => {
    const right = tf.cast(tf.oneHot(tf.tensor1d([0, 0, 0, 0, 1], "int32"), 2), "float32") as tf.Tensor2D;
    const said = tf.zeros([5, 2]) as tf.Tensor2D;
    const [frequent, , , , rare] = pull("soft-macro-f1", said, right);
    expect(rare![1]).toBeGreaterThan(1.5 * frequent![0]!);
  });

  test("recall at precision raises positives and lowers the negatives that stand above the threshold", () => {
    const odds = [3, 2.5, 2.2, 1, 0.5, -3];
    const said = tf.tensor2d(odds.map((o) => [-o / 2, o / 2]));
    const right = tf.cast(tf.oneHot(tf.tensor1d([1, 0, 1, 1, 0, 0], "int32"), 2), "float32") as tf.Tensor2D;
    const up = pull("soft-recall-at-precision:.7", said, right).map(([, towards]) => towards!);
    const near = [0, 2, 3].map((i) => up[i]!);
    expect(Math.min(...near)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...near)).toBeGreaterThan(0);
    expect(up[1]).toBeLessThan(0);
    // Far below the threshold nothing is at stake.
    expect(Math.abs(up[5]!)).toBeLessThan(1e-3);
  });
});

test("the margin error by hand, and flat predictions don't lower it", () => {
  const said = tf.tensor2d([
    [2, 1, 0],
    [0.1, 0, 0],
  ]);
  const right = tf.cast(tf.oneHot(tf.tensor1d([0, 1], "int32"), 3), "float32") as tf.Tensor2D;
  const sigma = (x: number) => 1 / (1 + Math.exp(-x));
  const at = (name: string) => tf.tidy(() => Array.from(metricOf(name).values(said, right).dataSync()));
  expect(at("margin-error:2")[0]).toBeCloseTo(sigma(-2), 5);
  expect(at("margin-error")[1]).toBeCloseTo(sigma(0.4), 5);
  // Nearly flat and wrong: the soft error takes it for half right.
  expect(at("soft-error")[1]).toBeLessThan(0.8);
  const flat = tf.zeros([2, 3]) as tf.Tensor2D;
  expect(valueOf("margin-error", flat, right)).toBeCloseTo(0.5, 5);
  expect(valueOf("soft-error", flat, right)).toBe(0);
});

test("two classes only, and unknown names are refused", () => {
  expect(() => expectClasses(metricOf("soft-recall-at-precision:.9"), 10)).toThrow(
    /for two classes, and the task has 10/,
  );
  expect(() => expectClasses(metricOf("soft-macro-f1"), 10)).not.toThrow();
  expect(() => metricOf("soft-accuracy")).toThrow(/Unknown metric/);
});
