import { describe, expect, test } from "vitest";
import { generateGlyphs } from "./index.ts";

/** FNV-1a over the bytes, so that the test also runs where there is no node:crypto. */
function digest(array: Float32Array | Int32Array): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

describe("generateGlyphs", () => {
  test("draws the same bits from the same seed, on every machine", () => {
    const glyphs = generateGlyphs({ count: 200, seed: 2018 });
    expect([digest(glyphs.images), digest(glyphs.labels)]).toEqual([2801685288, 653318870]);
    const shapes = generateGlyphs({ count: 50, seed: 2018, size: 14, classes: "shapes" });
    expect([digest(shapes.images), digest(shapes.labels)]).toEqual([2233205065, 3453901489]);
  });

  test("a larger count appends", () => {
    const few = generateGlyphs({ count: 10, seed: 5 });
    const many = generateGlyphs({ count: 40, seed: 5 });
    expect(many.images.subarray(0, few.images.length)).toEqual(few.images);
    expect(many.labels.subarray(0, 10)).toEqual(few.labels);
  });

  test("neighbouring seeds draw unlike images", () => {
    const one = generateGlyphs({ count: 500, seed: 1 });
    const two = generateGlyphs({ count: 500, seed: 2 });
    const equal = one.labels.filter((label, i) => label === two.labels[i]).length;
    expect(equal).toBeGreaterThan(25);
    expect(equal).toBeLessThan(85);
  });

  test("pixels are in [0, 1], every class turns up about equally often, and ink is on the paper", () => {
    const { images, labels, shape, classNames } = generateGlyphs({ count: 5000, seed: 11 });
    expect(shape).toEqual([12, 12, 1]);
    expect(classNames).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(images.length).toBe(5000 * 144);
    expect(images.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
    const counts = Array.from({ length: 10 }, () => 0);
    for (const label of labels) counts[label]!++;
    expect(Math.min(...counts)).toBeGreaterThan(420);
    expect(Math.max(...counts)).toBeLessThan(580);
    for (let i = 0; i < 5000; i++) {
      const image = images.subarray(i * 144, (i + 1) * 144);
      expect(Math.max(...image) - Math.min(...image)).toBeGreaterThan(0.2);
    }
  });

  test("classes can be told apart: the nearest class mean is right far more often than chance", () => {
    for (const classes of ["digits", "shapes"] as const) {
      const train = generateGlyphs({ count: 2000, seed: 1, classes });
      const test = generateGlyphs({ count: 500, seed: 2, classes });
      const accuracy = nearestMean(train, test);
      expect(accuracy).toBeGreaterThan(0.45);
      expect(accuracy).toBeLessThan(0.9);
    }
  });

  test("refuses counts, seeds and sizes out of range", () => {
    expect(() => generateGlyphs({ count: -1, seed: 0 })).toThrow(/count -1, expected an integer from 0/);
    expect(() => generateGlyphs({ count: 1, seed: 0.5 })).toThrow(/seed 0\.5/);
    expect(() => generateGlyphs({ count: 1, seed: 0, size: 4 })).toThrow(
      /size 4, expected an integer from 8 to 64/,
    );
  });
});

type Labelled = { readonly images: Float32Array; readonly labels: Int32Array };

function nearestMean(train: Labelled, test: Labelled): number {
  const pixels = 144;
  const means = new Float64Array(10 * pixels);
  const counts = new Float64Array(10);
  train.labels.forEach((label) => counts[label]!++);
  train.labels.forEach((label, i) => {
    for (let p = 0; p < pixels; p++)
      means[label * pixels + p]! += train.images[i * pixels + p]! / counts[label]!;
  });
  let right = 0;
  test.labels.forEach((label, i) => {
    let best = -1;
    let least = Infinity;
    for (let k = 0; k < 10; k++) {
      let distance = 0;
      for (let p = 0; p < pixels; p++)
        distance += (test.images[i * pixels + p]! - means[k * pixels + p]!) ** 2;
      if (distance < least) [least, best] = [distance, k];
    }
    if (best === label) right++;
  });
  return right / test.labels.length;
}
