import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** The middle value; the mean of the middle two of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * 95 % percentile interval of a statistic of n cases (Efron & Tibshirani 1993, chapter 13): cases are drawn with
 * replacement, 2,000 times, from a fixed seed.
 *
 * @param statistic of the cases with these indices
 * @example
 * ```ts
 * bootstrap(3, (cases) => mean(cases.map((i) => [1, 2, 4][i]!))); // { low: 1, high: 4 }
 * ```
 */
export function bootstrap(
  n: number,
  statistic: (cases: readonly number[]) => number,
  { draws = 2000, seed = 1 }: { draws?: number; seed?: number } = {},
): { low: number; high: number } {
  const random = xoroshiro128plus(seed);
  const values = Array.from({ length: draws }, () =>
    statistic(Array.from({ length: n }, () => uniformInt(random, 0, n - 1))),
  ).toSorted((a, b) => a - b);
  return { low: values[Math.floor(0.025 * draws)]!, high: values[Math.ceil(0.975 * draws) - 1]! };
}
