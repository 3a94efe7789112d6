import jstat from "jstat";
import { LecternError } from "@lectern/shared/errors";
import { deviation, mean } from "./summary.ts";

/** Two measurements of the same cases, compared case by case. */
export interface PairedTest {
  /** Mean of a − b. */
  readonly difference: number;
  /** Two-sided p of Student's paired t-test. */
  readonly pValue: number;
  /** How many cases have a < b. */
  readonly wins: number;
  /** Two-sided p of the exact sign test: of `wins` among the cases that differ, assuming nothing about their spread. */
  readonly signPValue: number;
}

/**
 * Student's paired t-test and the exact sign test of a against b.
 *
 * @param a values of the first kind, [n]
 * @param b values of the second kind on the same cases in the same order, [n]
 * @throws LecternError `invalid-argument`: lengths that differ, fewer than two cases
 * @example
 * ```ts
 * comparePaired([7.1, 7.4, 7.3], [8.6, 8.9, 8.5]).pValue; // 0.0051
 * ```
 */
export function comparePaired(a: readonly number[], b: readonly number[]): PairedTest {
  if (a.length !== b.length || a.length < 2)
    throw new LecternError(
      "invalid-argument",
      `A paired test got ${a.length} and ${b.length} values, expected the same number of at least 2.`,
      "Measure both on the same seeds.",
    );
  const differences = a.map((value, i) => value - b[i]!);
  const difference = mean(differences);
  const wins = differences.filter((d) => d < 0).length;
  const losses = differences.filter((d) => d > 0).length;
  return { difference, pValue: tTest(differences), wins, signPValue: signTest(wins, wins + losses) };
}

function tTest(differences: readonly number[]): number {
  const centre = mean(differences);
  const spread = deviation(differences);
  // Equal differences leave nothing to chance: either there is no difference at all, or it is certain.
  if (spread === 0) return centre === 0 ? 1 : 0;
  const t = (Math.abs(centre) * Math.sqrt(differences.length)) / spread;
  return Math.min(1, 2 * jstat.jStat.studentt.cdf(-t, differences.length - 1));
}

/** Two-sided: twice the smaller tail of Binomial(n, ½). */
function signTest(wins: number, n: number): number {
  const tail = Math.min(wins, n - wins);
  let [term, sum] = [0.5 ** n, 0];
  for (let k = 0; k <= tail; k++) {
    sum += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * sum);
}
