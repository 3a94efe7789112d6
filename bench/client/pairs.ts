/** The middle of a list; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A pair of steps, one after the other, in milliseconds of the processor's time. */
export interface Pair {
  readonly taught: number;
  readonly plain: number;
}

export interface Ratio {
  /** Median over pairs of taught / built-in. */
  readonly ratio: number;
  /** The middle 95 % of that median over 1000 resamples. */
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** @param seed of the resamples */
export function ratioOf(pairs: readonly Pair[], seed = 1): Ratio {
  const ratios = pairs.map(({ taught, plain }) => taught / plain);
  let state = seed;
  const draw = () => {
    // A linear congruential generator (Numerical Recipes) is enough to resample by.
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const medians = Array.from({ length: 1000 }, () =>
    median(ratios.map(() => ratios[Math.floor(draw() * ratios.length)]!)),
  ).toSorted((a, b) => a - b);
  return { ratio: median(ratios), low: medians[25]!, high: medians[974]!, pairs: pairs.length };
}

/** User and system time of all threads since `from`, in milliseconds: what others do on the machine isn't in it. */
export function processorMs(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
