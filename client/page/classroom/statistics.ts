/** Quantiles of Student's t for a two-sided 95 % interval, by degrees of freedom from 1. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262] as const;
/** The most pairs that the form offers. */
export const mostPairs = t95.length + 1;

export interface Interval {
  readonly mean: number;
  /** Half of the 95 % t-interval; undefined for fewer than two values. */
  readonly half: number | undefined;
}

/** @param values at most {@link mostPairs} */
export function intervalOf(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { mean, half: undefined };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  return { mean, half: t95[n - 2]! * Math.sqrt(variance / n) };
}

/**
 * Two-sided p of the exact sign test: how likely so uneven a split of a + b, or a more uneven one, is if each falls to
 * either side with probability ½.
 */
export function signTest(a: number, b: number): number {
  const n = a + b;
  // log C(n, k) − n log 2, summed up from the rarest split; large n don't overflow.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(a, b); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** Share of wrong answers, 0 … 1. */
export const errorOf = (labels: Int32Array, answers: Int32Array): number =>
  answers.reduce((wrong, answer, i) => wrong + Number(answer !== labels[i]), 0) / labels.length;

/** [right class][answer]: how many examples. */
export function confusionOf(labels: Int32Array, answers: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const [i, label] of labels.entries()) counts[label]![answers[i]!]! += 1;
  return counts;
}
