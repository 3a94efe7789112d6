import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { isLecternError } from "@lectern/shared/errors";
import { optimizer as schema, type OptimizerSpec } from "@lectern/shared/schema";
import { useBackend } from "../testing/students.ts";
import { resolveRecipe } from "../teacher/recipe.ts";
import { collectWarnings } from "../teacher/warnings.ts";
import type { OptimizerOptions } from "./options.ts";
import { registerOptimizers } from "./register-optimizers.ts";
import { updateRule } from "./rule.ts";

const fillOptimizer = (optimizer: OptimizerOptions): OptimizerSpec => {
  const sgd = { kind: "sgd", learningRate: 1, weightDecay: 0 } as const;
  const made = { optimizer: sgd, schedule: "constant", batchSize: 1, steps: 1 } as const;
  return resolveRecipe(made, { optimizer }, collectWarnings({})).recipe.optimizer;
};

let refusal: unknown;
beforeAll(async () => {
  await useBackend("cpu");
  try {
    fillOptimizer({ kind: "rmsprop", learningRate: 0.1 });
  } catch (error) {
    refusal = error;
  }
  registerOptimizers();
});

test("before they are registered, they are refused with the import that registers them", () => {
  expect(isLecternError(refusal) && refusal.code).toBe("unsupported");
  expect(refusal).toHaveProperty(
    "message",
    'recipe.optimizer.kind is "rmsprop", expected sgd|momentum|adam. Call registerOptimizers of @lectern/client/optimizers.',
  );
});

const rivals: [OptimizerOptions, () => tf.Optimizer][] = [
  [{ kind: "nesterov", learningRate: 0.05, momentum: 0.9 }, () => tf.train.momentum(0.05, 0.9, true)],
  [{ kind: "rmsprop", learningRate: 0.05 }, () => tf.train.rmsprop(0.05)],
  [
    { kind: "rmsprop", learningRate: 0.02, decay: 0.8, momentum: 0.5, epsilon: 1e-3 },
    () => tf.train.rmsprop(0.02, 0.8, 0.5, 1e-3),
  ],
  [
    { kind: "centered-rmsprop", learningRate: 0.02, decay: 0.8, momentum: 0.5 },
    () => tf.train.rmsprop(0.02, 0.8, 0.5, undefined, true),
  ],
  [{ kind: "adagrad", learningRate: 0.3 }, () => tf.train.adagrad(0.3)],
  [{ kind: "adagrad", learningRate: 0.3, initialAccumulatorValue: 1 }, () => tf.train.adagrad(0.3, 1)],
  [{ kind: "adadelta", learningRate: 1, epsilon: 1e-2 }, () => tf.train.adadelta(1, 0.95, 1e-2)],
  [{ kind: "adadelta", learningRate: 1, rho: 0.8 }, () => tf.train.adadelta(1, 0.8)],
  [{ kind: "adamax", learningRate: 0.1 }, () => tf.train.adamax(0.1)],
  [
    { kind: "adamax", learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, decay: 0.1 },
    () => tf.train.adamax(0.1, 0.8, 0.9, 1e-3, 0.1),
  ],
];

/** ∇ of ½(ω − c)² at step t, made uneven in t. */
const gradientAt = (w: tf.Tensor, t: number): tf.Tensor =>
  tf.mul(tf.sub(w, tf.tensor1d([1, -2, 0.5])), 1 + 0.3 * Math.sin(t));
const start = [0.3, -0.1, 2];
const steps = 12;

function runRule(options: OptimizerOptions): number[] {
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

function runTensorFlow(optimizer: tf.Optimizer): number[] {
  const w = tf.variable(tf.tensor1d(start));
  for (let t = 0; t < steps; t++)
    tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: gradientAt(w, t) }]));
  const values = Array.from(w.dataSync());
  w.dispose();
  optimizer.dispose();
  return values;
}

test.each(rivals)("%j follows tf.train's to 1e-6", (options, make) => {
  const [ours, theirs] = [runRule(options), runTensorFlow(make())];
  for (const [i, value] of ours.entries()) {
    expect(Math.abs(value - start[i]!)).toBeGreaterThan(1e-4);
    expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-6);
  }
});

test.each(rivals)("%j leaves a weight whose gradient is zero where it is", (options) => {
  const spec = fillOptimizer(options);
  const rule = updateRule(spec);
  tf.tidy(() => {
    let weights: tf.Tensor[] = [tf.tensor1d(start)];
    let slots = rule.init(weights);
    const zeros = [tf.zeros([3])];
    for (let t = 0; t < 3; t++) ({ weights, slots } = rule.update(weights, zeros, slots, 0.1, t));
    expect([...weights[0]!.dataSync()]).toEqual(start.map(Math.fround));
  });
});

test.each(rivals)("%j: weight decay adds λω to the gradient", (options) => {
  const spec = { ...fillOptimizer(options), weightDecay: 0.5 };
  tf.tidy(() => {
    const w = tf.tensor1d(start);
    const g = gradientAt(w, 0);
    const plain = updateRule({ ...spec, weightDecay: 0 });
    const coupled = plain.update([w], [tf.add(g, tf.mul(w, 0.5))], plain.init([w]), 0.1, 0);
    const decayed = updateRule(spec).update([w], [g], plain.init([w]), 0.1, 0);
    expect([...decayed.weights[0]!.dataSync()]).toEqual([...coupled.weights[0]!.dataSync()]);
  });
});

test.each(schema.options.map(({ shape }) => shape.kind.value))("%s has the format's defaults", (kind) => {
  const given = { kind, learningRate: 0.1, ...(/momentum|nesterov/.test(kind) && { momentum: 0.9 }) };
  expect(fillOptimizer(given as OptimizerOptions)).toEqual(schema.parse(given));
});
