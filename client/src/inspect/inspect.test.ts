import { fixedLosses, plainAlgebra, type FixedLossName } from "@lectern/shared/teacher";
import { expect, test } from "vitest";
import { inspect } from "./inspect.ts";
import { fixedCandidates, nearestLoss } from "./nearest-loss.ts";
import { createProbe, logitGradients, pullByConfidence } from "./probe.ts";
import { waveTeacher } from "../testing/wave-teacher.ts";
import { nominalTrajectory } from "./trajectory.ts";
import { inWords } from "./words.ts";

const host = plainAlgebra(Float64Array);
const probe = createProbe(4);
const gradientsOf = (name: FixedLossName, value: number, factor = 1) =>
  logitGradients((logits, target) => fixedLosses[name].losses(host, logits, target, value), probe).map(
    (g) => factor * g,
  );

test("cross-entropy's gradients are p − y, and its pull 1 − p_y", () => {
  const gradients = gradientsOf("cross-entropy", 0);
  for (const [i, p] of probe.confidences.entries()) {
    expect(gradients[i * 4]).toBeCloseTo(p - 1, 7);
    expect(gradients[i * 4 + 1]).toBeCloseTo((1 - p) / 3, 7);
  }
  expect(pullByConfidence(gradients, probe)[2]).toBeCloseTo(0.9, 7);
});

test.each([
  ["cross-entropy", 0],
  ["label-smoothing", 0.2],
  ["focal", 2],
  ["large-margin", 2],
  ["generalised-cross-entropy", 0.7],
] as const)("%s is nearest to itself, with its parameter and factor", (name, value) => {
  const nearest = nearestLoss(gradientsOf(name, value, 3), fixedCandidates(probe));
  expect(nearest.loss).toBe(name);
  expect(nearest.parameter?.value ?? 0).toBe(value);
  expect(nearest.factor).toBeCloseTo(3, 6);
  expect(nearest.distance).toBeLessThan(1e-6);
});

test("a teacher whose linear term is all is label smoothing: static, and said so", () => {
  const start = {
    smoothing: 0.2,
    diagonal: 1,
    logLinear: 0.5,
    logBounded: -30,
    readerSpread: 0,
    timeSharpness: 30,
  };
  const teacher = waveTeacher({ wave: 0, start });
  const explanation = inspect(teacher, nominalTrajectory(teacher), "a nominal student");
  const last = explanation.moments.at(-1)!;
  expect(last.nearest.loss).toBe("label-smoothing");
  expect(last.nearest.parameter).toEqual({ name: "epsilon", value: 0.2 });
  expect(last.nearest.factor).toBeCloseTo(Math.exp(0.5), 5);
  expect(explanation.change).toBeLessThan(1e-6);
  expect(inWords(explanation).join(" ")).toContain("nearly static");
  expect(inWords(explanation).at(-1)).toContain(
    "at first and in the end: label smoothing (epsilon 0.2) times 1.65, 0 % away",
  );
});

test("a gain that falls over time is told apart from a loss that changes in kind", () => {
  const teacher = waveTeacher({ family: "gain", wave: 0 });
  // Key 0 attends at t = 0, key 2 at t = T: log gains 0, −1, −2.
  const theta = { ...teacher.network.theta, c: { shape: [3, 1], data: Float64Array.of(0, -1, -2) } };
  const falling = { ...teacher, network: { ...teacher.network, theta } };
  const explanation = inspect(falling, nominalTrajectory(falling), "a nominal student");
  expect(explanation.change).toBeGreaterThan(0.7);
  expect(explanation.changeOfShape).toBeLessThan(1e-6);
  expect(inWords(explanation)[0]).toContain("a learning-rate schedule could do");
  expect(explanation.moments.every(({ nearest }) => nearest.loss === "cross-entropy")).toBe(true);
});
