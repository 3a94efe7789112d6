import { describe, expect, test } from "vitest";
import { comparePaired, deviation, mean, summarize } from "./index.ts";

/** Student 1908, "The probable error of a mean": extra hours of sleep of ten patients under two drugs (R's `sleep`). */
const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe("summarize", () => {
  test("gives R's t.test interval for the sleep data", () => {
    const { mean: centre, low, high } = summarize(first);
    expect(centre).toBeCloseTo(0.75, 12);
    // R: t.test(extra[group == 1])$conf.int
    expect(low).toBeCloseTo(-0.5297804, 6);
    expect(high).toBeCloseTo(2.02978, 5);
  });

  test("takes t from the table: 12.7062 at one degree of freedom", () => {
    const { low, high } = summarize([0, 2]);
    expect(high).toBeCloseTo(1 + 12.7062, 3);
    expect(low).toBeCloseTo(1 - 12.7062, 3);
  });

  test("one value is its own interval, and none is refused", () => {
    expect(summarize([3])).toEqual({ mean: 3, low: 3, high: 3 });
    expect(() => summarize([])).toThrow("no values");
  });

  test("mean and sample deviation", () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });
});

describe("comparePaired", () => {
  test("gives R's paired t-test for the sleep data: t = −4.0621, df = 9, p = 0.002833", () => {
    const { difference, pValue, wins } = comparePaired(first, second);
    expect(difference).toBeCloseTo(-1.58, 12);
    expect(pValue).toBeCloseTo(0.002833, 6);
    expect(wins).toBe(9);
  });

  test("is symmetric but for the sign", () => {
    const there = comparePaired(first, second);
    const back = comparePaired(second, first);
    expect(back.pValue).toBe(there.pValue);
    expect(back.difference).toBe(-there.difference);
  });

  test("the sign test is the binomial tail: 9 of 9 is 2/512, 8 of 10 is 112/1024", () => {
    // One patient slept alike under both drugs and isn't counted.
    expect(comparePaired(first, second).signPValue).toBeCloseTo(2 / 512, 12);
    const a = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    const b = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
    expect(comparePaired(a, b).signPValue).toBeCloseTo(112 / 1024, 12);
  });

  test("equal values have p = 1, and a constant difference p = 0", () => {
    expect(comparePaired([1, 2], [1, 2])).toEqual({ difference: 0, pValue: 1, wins: 0, signPValue: 1 });
    expect(comparePaired([1, 2, 3], [2, 3, 4]).pValue).toBe(0);
  });

  test("unpaired values are refused", () => {
    expect(() => comparePaired([1, 2], [1])).toThrow("2 and 1 values");
    expect(() => comparePaired([1], [1])).toThrow("at least 2");
  });
});
