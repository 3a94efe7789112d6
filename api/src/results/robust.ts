/** Statistics that a lying minority can't steer. */
export interface RobustFigures {
  median: number;
  low: number;
  high: number;
  trimmedMean: number;
}

/** Below this, no two order statistics enclose the median with 95 % (2·½ⁿ > 5 % for n ≤ 5). */
export const fewest = 6;
/** Of each end, left out of the trimmed mean: more than a fifth of all would have to lie to get a value in. */
const trimmed = 0.2;

/**
 * Median with its distribution-free 95 % interval (order statistics; Conover, Practical Nonparametric Statistics, §3.2)
 * and the mean of the middle 60 %. With at most 20 % liars, whatever they say, median and trimmed mean stay within the
 * range of the honest values.
 *
 * @param values finite, any order
 * @returns null for fewer than 6 values
 * @example
 * ```ts
 * robustFigures([1, 2, 3, 4, 5, 1e9])!.median; // 3.5
 * ```
 */
export function robustFigures(values: readonly number[]): RobustFigures | null {
  const n = values.length;
  if (n < fewest) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (i: number) => sorted[Math.min(n - 1, Math.max(0, i))]!;
  const rank = lowerRank(n);
  const kept = sorted.slice(Math.ceil(trimmed * n), n - Math.ceil(trimmed * n));
  return {
    median: (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2,
    low: at(rank - 1),
    high: at(n - rank),
    trimmedMean: kept.reduce((sum, value) => sum + value, 0) / kept.length,
  };
}

/** The largest r with P(Binomial(n, ½) < r) ≤ 2.5 %: the interval is from the r-th smallest to the r-th largest. */
function lowerRank(n: number): number {
  // ½ⁿ underflows beyond; the normal approximation is then good to a rank.
  if (n > 1000) return Math.floor((n - 1.96 * Math.sqrt(n)) / 2);
  let probability = 0.5 ** n;
  let below = probability;
  let r = 0;
  while (below <= 0.025) {
    r += 1;
    probability *= (n - r + 1) / r;
    below += probability;
  }
  return r;
}
