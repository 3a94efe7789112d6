/** n/d, a positive fraction below 1. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

export const largestDenominator = 1000;

/** The nearest fraction n/d with 0 < n < d ≤ 1000: exact for 0.9, 0.99, 0.875; within 1e-3 of any number between 0 and 1. */
export function nearestRatio(value: number): Ratio {
  let best: Ratio = { numerator: 1, denominator: 2 };
  const error = ({ numerator, denominator }: Ratio): number => Math.abs(numerator / denominator - value);
  for (let denominator = 2; denominator <= largestDenominator; denominator++) {
    const numerator = Math.min(Math.max(1, Math.round(value * denominator)), denominator - 1);
    const candidate = { numerator, denominator };
    // A smaller denominator wins a tie: 9/10 before 90/100.
    if (error(candidate) < error(best) - 1e-15) best = candidate;
  }
  return best;
}
