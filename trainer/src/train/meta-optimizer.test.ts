import { expect, test } from "vitest";
import {
  blendTheta,
  clipTheta,
  meanTheta,
  normOfTheta,
  startMeta,
  updateTheta,
  type ThetaValues,
} from "./meta-optimizer.ts";

const theta = (...data: number[]): ThetaValues => ({
  W: { shape: [data.length], data: Float64Array.from(data) },
});
const values = (t: ThetaValues): number[] => Array.from(t.W!.data);

test("a gradient longer than the limit keeps its direction, a shorter one its length", () => {
  expect(normOfTheta(theta(3, 4))).toBe(5);
  expect(values(clipTheta(theta(3, 4), 1))).toEqual([0.6, 0.8]);
  expect(values(clipTheta(theta(0.3, 0.4), 1))).toEqual([0.3, 0.4]);
});

test("the mean is over all, in order", () => {
  expect(values(meanTheta([theta(1, 2), theta(3, 6)]))).toEqual([2, 4]);
});

test("Adam's first step is the rate times the gradient's sign; frozen blocks stay", () => {
  const update = { kind: "adam", learningRate: 0.1, elementRate: 1, frozen: [] } as const;
  const { theta: next, state } = updateTheta(theta(1, 1), theta(0.5, -20), startMeta(theta(1, 1)), update);
  expect(values(next)[0]).toBeCloseTo(0.9, 7);
  expect(values(next)[1]).toBeCloseTo(1.1, 7);
  expect(state.step).toBe(1);
  expect(values(updateTheta(theta(1, 1), theta(1, 1), state, { ...update, frozen: ["W"] }).theta)).toEqual([
    1, 1,
  ]);
});

test("Adam's second step, by hand", () => {
  const update = { kind: "adam", learningRate: 1, elementRate: 1, frozen: [] } as const;
  const first = updateTheta(theta(0), theta(1), startMeta(theta(0)), update);
  const second = updateTheta(first.theta, theta(3), first.state, update);
  // m = 0.9·0.1 + 0.1·3 = 0.39, m̂ = 0.39/0.19; v = 0.999·0.001 + 0.001·9 = 0.009999, v̂ = v/0.001999.
  expect(values(second.theta)[0]).toBeCloseTo(-1 - 0.39 / 0.19 / Math.sqrt(0.009999 / 0.001999), 6);
});

test("SGD and averaging", () => {
  const { theta: next } = updateTheta(theta(1, 2), theta(10, 0), startMeta(theta(1, 2)), {
    kind: "sgd",
    learningRate: 0.1,
    elementRate: 1,
    frozen: [],
  });
  expect(values(next)).toEqual([0, 2]);
  expect(values(blendTheta(theta(1, 2), theta(3, 4), 0.5))).toEqual([2, 3]);
});
