import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { robustFigures } from "./robust.ts";

describe("robustFigures", () => {
  it("gives nothing for five values", () => {
    expect(robustFigures([1, 2, 3, 4, 5])).toBeNull();
  });

  it("gives median, order-statistics interval and trimmed mean", () => {
    expect(robustFigures([6, 1, 5, 2, 4, 3])).toEqual({ median: 3.5, low: 1, high: 6, trimmedMean: 3.5 });
    // Tables of the binomial distribution: for n = 20 the interval is from the 6th to the 15th value.
    const twenty = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(robustFigures(twenty)).toEqual({ median: 10.5, low: 6, high: 15, trimmedMean: 10.5 });
    // Beyond 1000 values by the normal approximation: (1001 ± 1.96·√1001)/2.
    const many = Array.from({ length: 1001 }, (_, i) => i + 1);
    expect(robustFigures(many)).toMatchObject({ median: 501, low: 469, high: 533 });
  });

  it("is moved by 20 % of liars by the honest values' spread at most, whatever they say", () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    const population = fc.integer({ min: 1, max: 40 }).chain((liars) =>
      fc.record({
        honest: fc.array(value, { minLength: Math.max(5, 4 * liars), maxLength: 5 * liars + 20 }),
        lies: fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), {
          minLength: liars,
          maxLength: liars,
        }),
      }),
    );
    fc.assert(
      fc.property(population, ({ honest, lies }) => {
        const all = robustFigures([...honest, ...lies])!;
        const sorted = honest.toSorted((a, b) => a - b);
        const [least, most] = [sorted[0]!, sorted.at(-1)!];
        const middle =
          (sorted[Math.floor((honest.length - 1) / 2)]! + sorted[Math.ceil((honest.length - 1) / 2)]!) / 2;
        expect(Math.abs(all.median - middle)).toBeLessThanOrEqual(most - least);
        // Sharper: a fifth of liars shifts the median by at most an eighth of the honest ranks, and one for rounding.
        const shift = Math.ceil(honest.length / 8) + 1;
        const centre = (honest.length - 1) / 2;
        expect(all.median).toBeGreaterThanOrEqual(sorted[Math.max(0, Math.floor(centre) - shift)]!);
        expect(all.median).toBeLessThanOrEqual(
          sorted[Math.min(honest.length - 1, Math.ceil(centre) + shift)]!,
        );
        expect(all.trimmedMean).toBeGreaterThanOrEqual(least - 1e-12);
        expect(all.trimmedMean).toBeLessThanOrEqual(most + 1e-12);
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});
