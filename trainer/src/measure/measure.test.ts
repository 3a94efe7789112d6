import { describe, expect, test } from "vitest";
import { LecternError } from "@lectern/shared/errors";
import { decide, measureOf, plainDecision, type Scored } from "./index.ts";

/** Probabilities, row by row. */
const scored = (rows: readonly (readonly number[])[], labels: readonly number[]): Scored => ({
  logP: Float32Array.from(rows.flat(), Math.log),
  labels: Int32Array.from(labels),
  classes: rows[0]!.length,
});

/** Decided plainly: 0, 0, 1, 0; right: 0, 1, 1, 2. */
const four = scored(
  [
    [0.7, 0.2, 0.1],
    [0.5, 0.4, 0.1],
    [0.1, 0.8, 0.1],
    [0.5, 0.1, 0.4],
  ],
  [0, 1, 1, 2],
);
const plain = plainDecision(3);

describe("measures of plain decisions, by hand", () => {
  test("error: two of four", () => expect(measureOf("error").loss(four, plain)).toBe(0.5));
  test("balanced error: recalls 1, 1/2, 0", () =>
    expect(measureOf("balanced-error").loss(four, plain)).toBeCloseTo(1 - 1.5 / 3, 12));
  test("macro-F1: 2·1/(1 + 3), 2·1/(2 + 1), 0", () =>
    expect(measureOf("macro-f1").loss(four, plain)).toBeCloseTo(1 - (0.5 + 2 / 3) / 3, 12));
  test("distance cost: expected distances decide 0, 0 or 1, 1, 1; mistakes cost ½ a class", () => {
    // Third: 0.1·1 + 0.1·1 is least at 1. Second: 0.4 + 0.2 = 0.6 at 0, 0.6 at 1: the first of equals.
    // Fourth: 0.1 + 0.8 = 0.9 at 0, and 0.9 at 1.
    const decided = decide(four, plain, [0, 1, 2, 1, 0, 1, 2, 1, 0]);
    expect([decided[0], decided[2]]).toEqual([0, 1]);
    const sharp = { ...plain, sharpness: 8 };
    // As sharp, the likeliest decides: 0, 0, 1, and 0 for a 2.
    expect(measureOf("distance-cost").loss(four, sharp)).toBeCloseTo((0 + 1 + 0 + 2) / 2 / 4, 12);
  });
});

describe("tuned decisions", () => {
  test("offsets find what plain decisions miss", () => {
    const { loss, tune } = measureOf("macro-f1");
    expect(loss(four, tune(four))).toBe(0);
    const balanced = measureOf("balanced-error");
    expect(balanced.loss(four, balanced.tune(four))).toBe(0);
  });

  test("the error has no decision to tune", () =>
    expect(measureOf("error").tune(four)).toEqual({ offsets: [0, 0, 0], sharpness: 1 }));

  test("recall at precision lets through as many as stay precise", () => {
    // By falling odds: 1, 1, 0, 1, 0, 1. Precision at each: 1, 1, 2/3, 3/4, 3/5, 4/6.
    const two = scored(
      [0.95, 0.9, 0.8, 0.7, 0.6, 0.3].map((p) => [1 - p, p]),
      [1, 1, 0, 1, 0, 1],
    );
    const at = (precision: number) => {
      const { loss, tune } = measureOf(`recall-at-precision:${precision}`);
      return loss(two, tune(two));
    };
    expect(at(0.9)).toBeCloseTo(1 - 2 / 4, 12);
    expect(at(0.75)).toBeCloseTo(1 - 3 / 4, 12);
    expect(at(0.66)).toBe(0);
    const never = scored([[0.4, 0.6]], [0]);
    const { loss, tune } = measureOf("recall-at-precision:.9");
    expect(loss(never, tune(never))).toBe(1);
    expect([...decide(never, tune(never))]).toEqual([0]);
  });
});

test("an unknown measure is refused", () => {
  expect(() => measureOf("accuracy")).toThrow(LecternError);
  expect(() => measureOf("recall-at-precision:1.5")).toThrow(/Unknown measure .*below 1/);
});
