import fc from "fast-check";
import { expect, test } from "vitest";
import { createExactProduct } from "./exact-product.ts";
import { nearestRatio } from "./ratio.ts";

/** The same with a store that grows without bound: Maclaurin et al. 2015, algorithm 3, as it is printed. */
function multiplyByTheBook(values: readonly number[], n: bigint, d: bigint, store: bigint[]): number[] {
  const mod = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;
  return values.map((value) => {
    let v = BigInt(value);
    let i = store[0]! * d + mod(v, d);
    v = (v - mod(v, d)) / d;
    v = v * n + (i % n);
    i = i / n;
    store[0] = i;
    return Number(v);
  });
}

const large = fc.integer({ min: -(2 ** 49), max: 2 ** 49 });

test("undoing products in reverse order gives every number back, bit for bit", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 0.999, noNaN: true }),
      fc.array(fc.oneof(large, fc.integer({ min: -20, max: 20 })), { minLength: 1, maxLength: 70 }),
      fc.integer({ min: 1, max: 300 }),
      (gamma, numbers, times) => {
        const product = createExactProduct(numbers.length, nearestRatio(gamma));
        const values = new Float64Array(product.padded);
        values.set(numbers);
        const history: Float64Array[] = [];
        for (let t = 0; t < times; t++) {
          history.push(values.slice());
          product.multiply(values);
          // What comes in between, as a gradient does.
          for (let k = 0; k < numbers.length; k++) values[k]! += (k * 7919 + t * 104_729) % 1013;
        }
        for (let t = times - 1; t >= 0; t--) {
          for (let k = 0; k < numbers.length; k++) values[k]! -= (k * 7919 + t * 104_729) % 1013;
          product.undo(values);
          expect(values).toEqual(history[t]);
        }
        expect(product.empty).toBe(true);
      },
    ),
    { numRuns: 60, seed: 5 },
  );
});

test("products are those of the paper's algorithm with an unbounded store", () => {
  // One number a lane in each of four lanes: each lane is a run of its own.
  const product = createExactProduct(4, { numerator: 9, denominator: 10 });
  const values = Float64Array.of(123_456_789, -987_654_321, 5, -(2 ** 48));
  let expected = [...values];
  const stores = [[0n], [0n], [0n], [0n]];
  // Fewer than a run's 105: then words leave the store, and what it gives differs.
  for (let t = 0; t < 105; t++) {
    product.multiply(values);
    expected = expected.map((v, lane) => multiplyByTheBook([v], 9n, 10n, stores[lane]!)[0]!);
    expect([...values]).toEqual(expected);
  }
});

test("a product is v·n/d to within d, and the lost bits take log₂(d/n) a number", () => {
  const count = 4000;
  const product = createExactProduct(count, { numerator: 9, denominator: 10 });
  const start = Float64Array.from({ length: count }, (_, k) => Math.imul(k, 0x9e3779b1) * 1000);
  const values = start.slice();
  const times = 200;
  for (let t = 0; t < times; t++) {
    const before = values.slice();
    product.multiply(values);
    if (t % 50 === 0) expect(values.every((v, k) => Math.abs(v - 0.9 * before[k]!) <= 10)).toBe(true);
    for (let k = 0; k < count; k++) values[k]! += start[k]! / 10;
  }
  const bits = (8 * product.bytes) / (count * times);
  expect(bits).toBeGreaterThan(Math.log2(10 / 9));
  expect(bits).toBeLessThan(1.01 * Math.log2(10 / 9));
});

test("decimal momenta are exact fractions", () => {
  expect([0.9, 0.99, 0.875, 0.5].map(nearestRatio)).toEqual([
    { numerator: 9, denominator: 10 },
    { numerator: 99, denominator: 100 },
    { numerator: 7, denominator: 8 },
    { numerator: 1, denominator: 2 },
  ]);
  expect(nearestRatio(Math.SQRT1_2)).toEqual({ numerator: 408, denominator: 577 });
});
