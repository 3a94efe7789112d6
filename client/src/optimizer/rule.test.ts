import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { LecternError } from "@lectern/shared/errors";
import { leaks, useBackend } from "../testing/students.ts";
import { resolveRecipe } from "../teacher/recipe.ts";
import { collectWarnings } from "../teacher/warnings.ts";
import type { OptimizerOptions } from "./options.ts";
import { registerOptimizers } from "./register-optimizers.ts";
import { rateAt, updateRule } from "./rule.ts";
import { readRate, steerRate } from "./steer.ts";

const fillOptimizer = (optimizer: OptimizerOptions) => {
  const base = {
    optimizer: { kind: "sgd", learningRate: 1, weightDecay: 0 },
    schedule: "constant",
    batchSize: 1,
    steps: 1,
  } as const;
  return resolveRecipe(base, { optimizer }, collectWarnings({})).recipe.optimizer;
};

beforeAll(() => useBackend("cpu"));

/** ∇ of ½(ω − c)² at step t, made uneven in t. */
const gradientAt = (w: tf.Tensor, t: number): tf.Tensor =>
  tf.mul(tf.sub(w, tf.tensor1d([1, -2, 0.5])), 1 + 0.3 * Math.sin(t));
const start = [0.3, -0.1, 2];

function runRule(options: OptimizerOptions, steps = 12): number[] {
  const spec = fillOptimizer(options);
  const rule = updateRule(spec);
  return tf.tidy(() => {
    let weights: tf.Tensor[] = [tf.tensor1d(start)];
    let slots = rule.init(weights);
    for (let t = 0; t < steps; t++) {
      const gradients = [gradientAt(weights[0]!, t)];
      ({ weights, slots } = rule.update(weights, gradients, slots, spec.learningRate, t));
    }
    return Array.from(weights[0]!.dataSync());
  });
}

function runTensorFlow(optimizer: tf.Optimizer, steps = 12): number[] {
  const w = tf.variable(tf.tensor1d(start));
  for (let t = 0; t < steps; t++)
    tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: gradientAt(w, t) }]));
  const values = Array.from(w.dataSync());
  w.dispose();
  optimizer.dispose();
  return values;
}

test.each([
  ["sgd", { kind: "sgd", learningRate: 0.1 }, () => tf.train.sgd(0.1)],
  ["momentum", { kind: "momentum", learningRate: 0.05, momentum: 0.9 }, () => tf.train.momentum(0.05, 0.9)],
] as [string, OptimizerOptions, () => tf.Optimizer][])(
  "%s follows tf.train's to 1e-6",
  (_, options, make) => {
    const [ours, theirs] = [runRule(options), runTensorFlow(make())];
    for (const [i, value] of ours.entries()) expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-6);
  },
);

test("adam follows Kingma & Ba in float64 to 1e-6", () => {
  const [rate, b1, b2, epsilon] = [0.2, 0.9, 0.999, 1e-7];
  const reference = start.map((w, i) => {
    let [m, v, x] = [0, 0, w];
    for (let t = 0; t < 12; t++) {
      const g = (x - [1, -2, 0.5][i]!) * (1 + 0.3 * Math.sin(t));
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      x -= (rate * (m / (1 - b1 ** (t + 1)))) / (Math.sqrt(v / (1 - b2 ** (t + 1))) + epsilon);
    }
    return x;
  });
  const ours = runRule({ kind: "adam", learningRate: rate });
  // tf.train.adam keeps β₂ᵗ in float32, where 1 − β₂ᵗ loses digits.
  const theirs = runTensorFlow(tf.train.adam(rate));
  for (const [i, value] of ours.entries()) {
    expect(Math.abs(value - reference[i]!)).toBeLessThan(1e-6);
    expect(Math.abs(value - theirs[i]!)).toBeLessThan(2e-5);
  }
});

test("weight decay adds λω to the gradient: one step by hand", () => {
  // g = ω − c = (−0.7, 1.9, 1.5); ω' = ω − 0.1(g + 0.5ω)
  const [a, b, c] = runRule({ kind: "sgd", learningRate: 0.1, weightDecay: 0.5 }, 1);
  expect(a).toBeCloseTo(0.3 - 0.1 * (-0.7 + 0.15), 6);
  expect(b).toBeCloseTo(-0.1 - 0.1 * (1.9 - 0.05), 6);
  expect(c).toBeCloseTo(2 - 0.1 * (1.5 + 1), 6);
});

test("cosine goes from the whole rate over half of it to nothing", () => {
  expect(rateAt(0.8, "cosine", 0, 100)).toBe(0.8);
  expect(rateAt(0.8, "cosine", 50, 100)).toBeCloseTo(0.4, 12);
  expect(rateAt(0.8, "cosine", 25, 100)).toBeCloseTo(0.4 * (1 + Math.SQRT1_2), 12);
  expect(rateAt(0.8, "cosine", 100, 100)).toBe(0);
  expect(rateAt(0.8, "constant", 99, 100)).toBe(0.8);
});

test("a tf.Optimizer's rate is read and steered, without leaks", async () => {
  for (const make of [() => tf.train.sgd(0.1), () => tf.train.momentum(0.1, 0.9), () => tf.train.adam(0.1)]) {
    const left = await leaks(async () => {
      const optimizer = make();
      steerRate(optimizer, 0.025);
      expect(readRate(optimizer)).toBe(0.025);
      optimizer.dispose();
    });
    expect(left).toBeLessThanOrEqual(1);
  }
});

test("options get the manifest's defaults", () => {
  expect(fillOptimizer({ kind: "adam", learningRate: 0.01, beta2: 0.99 })).toEqual({
    kind: "adam",
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-7,
    weightDecay: 0,
  });
});

test.each([
  [{ kind: "rmsprop", learningRate: 0.1 }, /optimizer\.kind is "rmsprop", expected sgd\|momentum\|adam/],
  [{ kind: "sgd" }, /optimizer\.learningRate is NaN, expected a number of at least 0/],
  [{ kind: "sgd", learningRate: Number.NaN }, /learningRate is NaN/],
  [{ kind: "momentum", learningRate: 0.1 }, /optimizer\.momentum is NaN/],
  [
    { kind: "momentum", learningRate: 0.1, momentum: "0.9" },
    /momentum is "0\.9", expected a number of at least 0/,
  ],
  [{ kind: "sgd", learningRate: 0.1, weightDecay: -1 }, /weightDecay is -1/],
])("%j is refused", (options, message) => {
  expect(() => fillOptimizer(options as unknown as OptimizerOptions)).toThrow(LecternError);
  expect(() => fillOptimizer(options as unknown as OptimizerOptions)).toThrow(message);
});

test("schedules that fall by steps, once registered", () => {
  registerOptimizers();
  const rates = (schedule: "step" | "wide-step") =>
    [0, 29, 30, 49, 50, 60, 75, 80, 99].map((step) =>
      Number(rateAt(0.5, schedule, step, 100).toPrecision(12)),
    );
  expect(rates("step")).toEqual([0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.005, 0.005, 0.005]);
  expect(rates("wide-step")).toEqual([0.5, 0.5, 0.1, 0.1, 0.1, 0.02, 0.02, 0.004, 0.004]);
});
