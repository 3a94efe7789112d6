import { expect, test } from "vitest";
import type { EvaluationResult } from "../evaluate/index.ts";
import { comparisonsOf, summarizeTeachers, type Comparison } from "./comparison.ts";

const contender = (name: string, kind: "teacher" | "fixed", errors: number[]) => ({
  name,
  kind,
  errors,
});
const result = {
  bestFixed: "focal",
  contenders: [
    contender("a", "teacher", [8, 9, 10]),
    contender("b", "teacher", [9, 10, 11]),
    contender("cross-entropy", "fixed", [20, 20, 20]),
    contender("focal", "fixed", [10, 10, 10]),
  ],
} as unknown as EvaluationResult;

test("every teacher against the best fixed loss, and further ones against the first", () => {
  const comparisons = comparisonsOf(result);
  expect(comparisons.map(({ teacher, against }) => [teacher, against])).toEqual([
    ["a", "focal"],
    ["b", "focal"],
    ["b", "a"],
  ]);
  const [a, , rivals] = comparisons;
  // Differences −2, −1, 0: mean −1, deviation 1; t₀.₉₇₅(2) = 4.303, so ±2.484; over a base of 10.
  expect(a!.relative!.mean).toBeCloseTo(-0.1, 12);
  expect(a!.relative!.low).toBeCloseTo(-0.3484, 4);
  expect(a!.relative!.high).toBeCloseTo(0.1484, 4);
  // t = −1·√3/1 with 2 degrees of freedom: p = 1 − √3/√(3 + 2) = 0.2254.
  expect(a!.pValue).toBeCloseTo(1 - Math.sqrt(3 / 5), 6);
  expect(a!.wins).toBe(2);
  // Exactly 1 more on each seed, over a's mean of 9.
  expect(rivals).toMatchObject({ pValue: 0, wins: 0 });
  expect(rivals!.relative!.mean).toBeCloseTo(1 / 9, 12);
});

test("over cells: median and mean, and how many are certain", () => {
  const comparison = (mean: number, pValue: number): Comparison => ({
    teacher: "a",
    against: "focal",
    relative: { mean, low: mean, high: mean },
    pValue,
    signPValue: 1,
    wins: 0,
  });
  const cells = [comparison(-0.2, 0.001), comparison(-0.1, 0.02), comparison(0.1, 0.001)].map((c) => ({
    comparisons: [c, { ...c, against: "b", pValue: 0, relative: { mean: -1, low: -1, high: -1 } }],
    bestFixed: "focal",
  }));
  const [a, none] = summarizeTeachers(["a", "none"], cells);
  expect(a).toMatchObject({ teacher: "a", cells: 3, median: -0.1, better: 1, worse: 1 });
  expect(a!.mean!.mean).toBeCloseTo(-0.2 / 3, 12);
  expect(none).toEqual({ teacher: "none", cells: 0, median: null, mean: null, better: 0, worse: 0 });
  expect(summarizeTeachers(["a"], cells.slice(1))[0]!.median).toBeCloseTo(0, 12);
});
