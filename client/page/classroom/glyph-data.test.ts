import { expect, test } from "vitest";
import { drawGlyphLesson, glyphClasses } from "./glyph-data.ts";

const options = { seed: 3, classes: "digits", labelNoise: 0, imbalance: 1, examples: 300 } as const;
const countsOf = (labels: Int32Array) =>
  Array.from({ length: 10 }, (_, k) => labels.filter((label) => label === k).length);

test("an imbalanced training set has classes as frequent as they should be; the other sets stay as they were", () => {
  const even = drawGlyphLesson(options);
  const { train, dev, test: last } = drawGlyphLesson({ ...options, imbalance: 100 });
  // 300 · 100^(−k/9) / Σ, rounded to whole images.
  expect(countsOf(train.labels)).toEqual(
    [121, 72, 43, 26, 16, 9, 6, 3, 2, 1].map((n) => expect.closeTo(n, -0.5)),
  );
  expect(countsOf(train.labels).reduce((a, b) => a + b, 0)).toBe(300);
  expect(countsOf(train.labels)[0]! / countsOf(train.labels)[9]!).toBeGreaterThan(50);
  expect(train.x.length).toBe(300 * 144);
  expect(dev).toEqual(even.dev);
  expect(last).toEqual(even.test);
});

test("noise redraws labels of the training set alone", () => {
  const [clean, noisy] = [drawGlyphLesson(options), drawGlyphLesson({ ...options, labelNoise: 0.5 })];
  const changed = clean.train.labels.filter((label, i) => label !== noisy.train.labels[i]).length;
  // Half are redrawn, a tenth of these to what they were: 135 expected, of standard deviation 8.6.
  expect(changed).toBeGreaterThan(105);
  expect(changed).toBeLessThan(165);
  expect(noisy.train.x).toEqual(clean.train.x);
  expect(noisy.validation).toEqual(clean.validation);
});

test("a teacher of other classes can't teach glyphs", () => {
  const digits = Array.from({ length: 10 }, (_, k) => String(k));
  expect(glyphClasses({ name: "t", classes: { count: 10, names: digits } })).toBe("digits");
  expect(() => glyphClasses({ name: "t", classes: { count: 2, names: ["a", "b"] } })).toThrow(
    expect.objectContaining({ code: "unsupported" }),
  );
});
