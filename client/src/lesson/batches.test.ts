import fc from "fast-check";
import { expect, test } from "vitest";
import { createBatches } from "./batches.ts";

const cases = fc.record({
  count: fc.integer({ min: 1, max: 200 }),
  batchSize: fc.integer({ min: 1, max: 64 }),
  seed: fc.integer(),
});

test("batches are of equal size, and an epoch shows no example twice", () => {
  fc.assert(
    fc.property(cases, fc.nat(5), ({ count, batchSize, seed }, epoch) => {
      const batches = createBatches(count, batchSize, seed);
      const perEpoch = Math.floor(count / batches.batchSize);
      const seen = Array.from({ length: perEpoch }, (_, i) => [...batches.indices(epoch * perEpoch + i)]);
      expect(seen.every((batch) => batch.length === Math.min(batchSize, count))).toBe(true);
      const all = seen.flat();
      expect(new Set(all).size).toBe(all.length);
      expect(all.every((i) => i >= 0 && i < count)).toBe(true);
      // A permutation of all, where batches fill the epoch.
      if (count % batches.batchSize === 0)
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }),
  );
});

test("a step's batch depends on seed and step only, in whatever order it is asked for", () => {
  fc.assert(
    fc.property(cases, fc.array(fc.nat(40), { maxLength: 8 }), ({ count, batchSize, seed }, steps) => {
      const one = createBatches(count, batchSize, seed);
      const all = Array.from({ length: 41 }, (_, t) => [...one.indices(t)]);
      const other = createBatches(count, batchSize, seed);
      for (const t of steps) expect([...other.indices(t)]).toEqual(all[t]);
    }),
  );
});

test("epochs and seeds have orders of their own", () => {
  const batches = createBatches(50, 50, 3);
  expect([...batches.indices(0)]).not.toEqual([...batches.indices(1)]);
  expect([...batches.indices(0)]).not.toEqual([...createBatches(50, 50, 4).indices(0)]);
});

test("shuffle: false keeps the data's order", () => {
  const batches = createBatches(5, 2, 3, { shuffle: false });
  expect([0, 1, 2].map((t) => Array.from(batches.indices(t)))).toEqual([
    [0, 1],
    [2, 3],
    [0, 1],
  ]);
});

test.each([0, -1, 1.5, Number.NaN])("batchSize %s is refused", (batchSize) => {
  expect(() => createBatches(10, batchSize, 0)).toThrow(/batchSize is .*, expected an integer from 1/);
});
