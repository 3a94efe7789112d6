import { expect, test } from "vitest";
import { bootstrap, mean, median } from "./index.ts";

test("median: the middle one, or the mean of the middle two", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test("the bootstrap of a mean agrees with the normal interval, and is the same each time", () => {
  // 1 … 99: mean 50, standard error 28.58/√99 = 2.87.
  const values = Array.from({ length: 99 }, (_, i) => i + 1);
  const interval = () => bootstrap(values.length, (cases) => mean(cases.map((i) => values[i]!)));
  const { low, high } = interval();
  expect(Math.abs(low - (50 - 1.96 * 2.87))).toBeLessThan(0.5);
  expect(Math.abs(high - (50 + 1.96 * 2.87))).toBeLessThan(0.5);
  expect(interval()).toEqual({ low, high });
});
