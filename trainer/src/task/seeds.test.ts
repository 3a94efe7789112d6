import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom, deriveSeed } from "./index.ts";

test("seeds are what they were: changing the derivation would change every run", () => {
  expect([
    deriveSeed(0, "meta"),
    deriveSeed(0, "meta", 0),
    deriveSeed(1, "evaluation", 3),
    deriveSeed(deriveSeed(42, "meta", 7, 1), "student"),
  ]).toEqual([126800402, 245978695, 605505899, 1224555642]);
});

test("no seed of one purpose is a seed of another, whatever it is derived from", () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(word, word, fc.array(word, { maxLength: 3 }), (a, b, indices) => {
      const meta = deriveSeed(a, "meta", ...indices);
      expect(Number.isInteger(meta) && meta >= 0 && meta < 2 ** 32).toBe(true);
      expect(meta >>> 28).not.toBe(deriveSeed(b, "evaluation", ...indices) >>> 28);
    }),
  );
});

test("run seeds and indices lead to different seeds, spread over all bits", () => {
  const seeds = [];
  for (let run = 0; run < 20; run++) for (let i = 0; i < 100; i++) seeds.push(deriveSeed(run, "meta", i));
  expect(new Set(seeds).size).toBe(2000);
  expect(deriveSeed(1, "meta", 2, 3)).not.toBe(deriveSeed(1, "meta", 3, 2));
  for (let bit = 0; bit < 28; bit++) {
    const set = seeds.filter((seed) => (seed >>> bit) & 1).length;
    expect(Math.abs(set - 1000)).toBeLessThan(120);
  }
});

test("neighbouring seeds start unalike", () => {
  const first = Array.from({ length: 1000 }, (_, seed) => createRandom(seed).next() / 2 ** 32 + 0.5);
  const mean = first.reduce((sum, value) => sum + value, 0) / 1000;
  expect(mean).toBeCloseTo(0.5, 1);
  const products = first.slice(1).map((value, i) => (value - 0.5) * (first[i]! - 0.5));
  expect(Math.abs(products.reduce((sum, value) => sum + value, 0) / 999)).toBeLessThan(0.01);
});
