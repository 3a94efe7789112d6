import { expect, test } from "vitest";
import {
  augmentRows,
  createRandom,
  deriveSeed,
  describeAugmentation,
  expectPictures,
  parseAugmentation,
} from "./index.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";

// Two pictures of 2 × 3 pixels with two channels: pixel p is (p, p + 100).
const shape = [2, 3, 2];
const rows = Float32Array.from({ length: 24 }, (_, i) => Math.floor(i / 2) + 1 + 100 * (i % 2));
const first = (picture: ArrayLike<number>): number[] => Array.from(picture).filter((_, i) => i % 2 === 0);

/** What the seed draws for the places of a batch: how far down and right, and whether mirrored. */
function drawn(seed: number, step: number, crop: number, count: number) {
  const random = createRandom(deriveSeed(seed, "other", step));
  return Array.from({ length: count }, () => ({
    down: uniformInt(random, -crop, crop),
    right: uniformInt(random, -crop, crop),
    mirrored: uniformFloat64(random) < 0.5,
  }));
}

test("crops are shifts with zeros around, mirror images left to right, both by hand", () => {
  const indices = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const out = augmentRows(rows, indices, shape, { crop: 1, flip: true, seed: 7, step: 3 });
  const kinds = new Set<string>();
  for (const [i, { down, right, mirrored }] of drawn(7, 3, 1, 40).entries()) {
    kinds.add(`${down},${right},${mirrored}`);
    const expected = [0, 1].flatMap((y) =>
      [0, 1, 2].flatMap((x) => {
        const [fromY, fromX] = [y + down, (mirrored ? 2 - x : x) + right];
        const inside = fromY >= 0 && fromY < 2 && fromX >= 0 && fromX < 3;
        const value = inside ? 6 * (i % 2) + 3 * fromY + fromX + 1 : 0;
        return [value, inside ? value + 100 : 0];
      }),
    );
    expect(Array.from(out.subarray(12 * i, 12 * i + 12))).toEqual(expected);
  }
  expect(kinds.size).toBeGreaterThan(12);
});

test("a mirror image alone, and a shift alone, as one sees them", () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const mirrored = seeds.find((seed) => drawn(seed, 0, 0, 1)[0]!.mirrored)!;
  const flipped = augmentRows(rows, Int32Array.of(0), shape, { flip: true, seed: mirrored, step: 0 });
  expect(first(flipped)).toEqual([3, 2, 1, 6, 5, 4]);
  const shifted = seeds.find((seed) => {
    const [one] = drawn(seed, 0, 1, 1);
    return one!.down === 1 && one!.right === -1;
  })!;
  expect(first(augmentRows(rows, Int32Array.of(0), shape, { crop: 1, seed: shifted, step: 0 }))).toEqual([
    0, 4, 5, 0, 0, 0,
  ]);
});

test("a step's changes depend on the seed and the step alone", () => {
  const at = (seed: number, step: number) =>
    Array.from(augmentRows(rows, Int32Array.of(0, 1, 0, 1), shape, { crop: 1, flip: true, seed, step }));
  expect(at(1, 5)).toEqual(at(1, 5));
  expect(at(1, 5)).not.toEqual(at(1, 6));
  expect(at(1, 5)).not.toEqual(at(2, 5));
});

test("flags, and what they refuse", () => {
  expect(parseAugmentation("crop,flip")).toEqual({ crop: 4, flip: true });
  expect(parseAugmentation("crop:2")).toEqual({ crop: 2 });
  expect(describeAugmentation({ crop: 2, flip: true })).toBe("crop 2, flip");
  for (const wrong of ["rotate", "crop:x", "", "crop:"])
    expect(() => parseAugmentation(wrong)).toThrow("--augment has");
  expect(() => parseAugmentation("crop:0")).toThrow("--augment crop:0 pads by too few or too many pixels");
  expect(() => expectPictures([4])).toThrow("the task's examples have shape [4]");
});
