import { initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { expect, test } from "vitest";
import { nextCaution } from "./back-off.ts";
import { expectFiniteTheta, positionOf } from "./finite-theta.ts";
import type { ThetaValues } from "./meta-optimizer.ts";
import { cotangentProfile, largestOf } from "./metrics.ts";
import { starts } from "./preset.ts";
import { changeOfPhi, trustedStep } from "./trust-region.ts";

const spec: TeacherSpec = {
  family: "mixed",
  architecture: { kind: "attention", keys: 2 },
  classes: 3,
  features: 2,
};
const theta = initialTheta(spec, 1, starts.robust) as ThetaValues;
const states = [Float64Array.of(0, 1), Float64Array.of(1, 1)];

/** θ with every number of a block moved. */
const moved = (block: string, by: number): ThetaValues => ({
  ...theta,
  [block]: { ...theta[block]!, data: Float64Array.from(theta[block]!.data, (v) => v + by) },
});

test("φ's change is relative to its block: b by 0.1 in each of three classes, where ‖b‖ = 0", () => {
  expect(changeOfPhi(spec, states, theta, moved("b", 0.1))).toBeCloseTo(0.1 * Math.sqrt(3), 12);
  // W starts at 2·I: ‖W‖ = √12.
  expect(changeOfPhi(spec, states, theta, moved("W", 0.1))).toBeCloseTo(0.3 / Math.sqrt(12), 12);
});

test("a step within the region is taken as it is, bit for bit", () => {
  const to = moved("b", 0.1);
  const step = trustedStep(spec, states, theta, to, 0.5);
  expect(step.theta).toBe(to);
  expect(step).toMatchObject({ share: 1 });
});

test("a longer step ends at the region's edge, in the same direction", () => {
  const step = trustedStep(spec, states, theta, moved("b", 10), 0.5);
  expect(step.change).toBeLessThanOrEqual(0.5);
  expect(step.change).toBeGreaterThan(0.48);
  const by = step.theta.b!.data.map((v, i) => v - theta.b!.data[i]!);
  expect(Math.max(...by) - Math.min(...by)).toBeLessThan(1e-12);
  expect(by[0]).toBeCloseTo(10 * step.share, 12);
});

test("where the emission is nonlinear in the step (gains are exponentials) the bound holds all the same", () => {
  const to = { ...theta, ...Object.fromEntries(["a", "g", "c"].map((n) => [n, theta[n]])) };
  const gains = Object.keys(theta).find(
    (name) => theta[name]!.shape.length === 2 && name !== "V" && name !== "b",
  )!;
  const step = trustedStep(spec, states, to as ThetaValues, moved(gains, 6), 0.5);
  expect(step.change).toBeLessThanOrEqual(0.5);
  expect(step.share).toBeGreaterThan(0);
});

test("a step to nowhere isn't taken", () => {
  const step = trustedStep(spec, states, theta, moved("b", Number.NaN), 0.5);
  expect(step).toEqual({ theta, share: 0, change: 0 });
});

test("back-off halves the rate, keeps it off zero, and gives it back in four good meta-steps", () => {
  expect(nextCaution(1, true)).toBe(0.5);
  let caution = 1;
  for (let i = 0; i < 20; i++) caution = nextCaution(caution, true);
  expect(caution).toBe(1 / 64);
  caution = 0.5;
  for (let i = 0; i < 4; i++) caution = nextCaution(caution, false);
  expect(caution).toBeCloseTo(1, 12);
  expect(nextCaution(1, false)).toBe(1);
});

test("what isn't finite in θ is named by its tensor, element and value", () => {
  expect(() => expectFiniteTheta(theta, "the start", "")).not.toThrow();
  const bad = { W: { shape: [2, 3, 3], data: new Float64Array(18).with(14, Infinity) } };
  expect(() => expectFiniteTheta(bad, "meta-step 7", "Remedy.")).toThrow(
    "θ isn't finite at meta-step 7: W[1, 1, 2] is Infinity. Remedy.",
  );
  expect(positionOf(5, [])).toEqual([]);
});

test("|dω_t| over t is kept for each student as far as it came, four digits each", () => {
  const replies = [
    { norms: [{ step: 8, norm: 1.23456 }] },
    { norms: [8, 4, 0].map((step) => ({ step, norm: step === 0 ? Infinity : 2 })) },
  ];
  expect(cotangentProfile(replies)).toEqual({ steps: [8, 4, 0], norms: [[1.235], [2, 2, null]] });
  expect(largestOf(replies)).toBe(null);
  expect(largestOf(replies.slice(0, 1))).toBe(1.23456);
  expect(largestOf([{ norms: [] }])).toBe(null);
});
