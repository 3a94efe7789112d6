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

/** Share of wrong answers, 0 … 1. */
export const errorOf = (labels: Int32Array, answers: Int32Array): number =>
  answers.reduce((wrong, answer, i) => wrong + Number(answer !== labels[i]), 0) / labels.length;

/** [right class][answer]: how many images. */
export function confusionOf(labels: Int32Array, answers: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const [i, label] of labels.entries()) counts[label]![answers[i]!]! += 1;
  return counts;
}
