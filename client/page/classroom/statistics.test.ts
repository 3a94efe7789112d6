import { expect, test } from "vitest";
import { intervalOf, signTest } from "./statistics.ts";

test("the sign test's p is the binomial's", () => {
  // Sums of C(n, k) / 2ⁿ in exact fractions.
  expect(signTest(1, 7)).toBeCloseTo(0.0703125, 12);
  expect(signTest(0, 5)).toBeCloseTo(0.0625, 12);
  expect(signTest(0, 6)).toBeCloseTo(0.03125, 12);
  expect(signTest(4, 4)).toBe(1);
  expect(signTest(0, 0)).toBe(1);
  // Far beyond what 0.5 ** n can hold.
  expect(signTest(900, 1100)).toBeCloseTo(8.457e-6, 9);
  expect(signTest(0, 2000)).toBe(0);
});

test("the interval is Student's", () => {
  // R: t.test(c(1, 2, 4))$conf.int: −1.461 to 6.128.
  const { mean, half } = intervalOf([1, 2, 4]);
  expect(mean).toBeCloseTo(7 / 3, 12);
  expect(half!).toBeCloseTo(3.7946, 3);
  expect(intervalOf([1]).half).toBeUndefined();
});
