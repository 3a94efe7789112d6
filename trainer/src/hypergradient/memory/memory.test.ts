import { expect, test } from "vitest";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { buildLenet } from "../../student/index.ts";
import { useBackend } from "../../backend/index.ts";
import { estimatorOf } from "../estimator-name.ts";
import { activationBytes } from "./activations.ts";
import { describeMemory, expectMemory, readable } from "./expect-memory.ts";
import { estimateMemory, type MemoryPlan } from "./need.ts";

const sgd: OptimizerSpec = { kind: "sgd", learningRate: 0.1, weightDecay: 0 };
const momentum: OptimizerSpec = { kind: "momentum", learningRate: 0.1, momentum: 0.9, weightDecay: 0 };
const adam: OptimizerSpec = {
  kind: "adam",
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay: 0,
};

/** The LeNet of docs/estimators.md: 431,080 weights, T = 10,000, batch 8. */
const plan = (estimator: string, optimizer: OptimizerSpec = sgd, workers = 1): MemoryPlan => ({
  estimator: estimatorOf(estimator),
  size: { weights: 431_080, steps: 10_000, optimizer },
  batchSize: 8,
  activationBytes: 78_800,
  metricChunk: 26,
  forwardExamples: 200,
  dataBytes: 6e6,
  workers,
});
const history = (estimator: string, optimizer: OptimizerSpec = sgd): number =>
  Math.round(estimateMemory(plan(estimator, optimizer)).history / 1e6);

test("histories of a LeNet over 10,000 steps, in MB", () => {
  expect([history("store"), history("store", momentum), history("store", adam)]).toEqual([
    17_243, 17_243, 51_730,
  ]);
  expect([history("checkpoint"), history("checkpoint", momentum), history("checkpoint", adam)]).toEqual([
    241, 483, 724,
  ]);
  expect(history("checkpoint:20")).toBe(34);
  // 82 MB of lost bits and two states.
  expect(history("reversible", momentum)).toBe(91);
  expect(history("truncated:100")).toBe(172);
  expect(history("pes")).toBe(3);
});

test("a short lesson needs no more places than it has steps", () => {
  const size = { weights: 1000, steps: 5, optimizer: sgd };
  expect(estimatorOf("checkpoint:50").historyBytes(size)).toBe(5 * 4000);
  expect(estimatorOf("truncated:50").historyBytes(size)).toBe(5 * 4000);
});

test("a machine that is too small names what was needed, an estimator that fits, and what that takes", () => {
  expect(() => expectMemory(plan("store"), 8e9)).toThrow(
    /The estimator store keeps 17\.2 GB of a lesson of 10,000 steps and 431,080 weights: with one student at a time this run takes about 17\.3 GB, and 8\.0 GB are free\. Choose --estimator checkpoint \(about 283 MB\)\./,
  );
});

test("momentum that has no room for checkpoints is told to go in reverse; fewer workers where that is enough", () => {
  expect(() => expectMemory(plan("checkpoint", momentum), 300e6)).toThrow(/Choose --estimator reversible/);
  expect(() => expectMemory(plan("checkpoint", sgd), 150e6)).toThrow(/Choose --estimator checkpoint:20/);
  expect(() => expectMemory(plan("checkpoint", sgd, 4), 1e9)).toThrow(
    /with 4 students at a time .* Choose --estimator checkpoint --workers 1 \(about \d+ MB\), or --workers 2\./,
  );
  expect(() => expectMemory(plan("store"), 10e6)).toThrow(/even without a history this doesn't fit/);
});

test("what fits is told in a line", () => {
  const fitting = plan("checkpoint", sgd, 2);
  const need = expectMemory(fitting, 4e9);
  expect(describeMemory(fitting, need, 4e9)).toMatch(
    /^memory: about \d+ MB at the peak: 241 MB of history \(checkpoint\), \d+ MB to work with, 12 MB of data, for each of 2 students at a time; 4\.0 GB free$/,
  );
});

test("bytes are told in MB and GB", () => {
  expect([1, 1.4e6, 999e6, 17.24e9].map(readable)).toEqual(["1 MB", "1 MB", "999 MB", "17.2 GB"]);
});

test("activations of a LeNet: every layer's output, once", async () => {
  await useBackend("cpu");
  const model = buildLenet({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
  const outputs = [24 * 24 * 20, 12 * 12 * 20, 8 * 8 * 50, 4 * 4 * 50, 800, 500, 10];
  expect(activationBytes(model)).toBe(4 * outputs.reduce((a, b) => a + b, 0));
  model.dispose();
});
