import jstat from "jstat";
import { LecternError } from "@lectern/shared/errors";

/** A mean with its 95 % interval, in the unit of the values. */
export interface Figure {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Sample standard deviation (n − 1); 0 for one value. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Mean and its two-sided 95 % interval from Student's t with n − 1 degrees of freedom (Student 1908).
 * One value has no spread to estimate: its interval is the value itself.
 *
 * @throws LecternError `invalid-argument` if there is no value
 * @example
 * ```ts
 * summarize([7.2, 7.5, 7.3]); // { mean: 7.333, low: 6.954, high: 7.713 }
 * ```
 */
export function summarize(values: readonly number[]): Figure {
  if (values.length === 0)
    throw new LecternError(
      "invalid-argument",
      "There are no values to summarise.",
      "Pass at least one value.",
    );
  const centre = mean(values);
  if (values.length === 1) return { mean: centre, low: centre, high: centre };
  const half =
    (jstat.jStat.studentt.inv(0.975, values.length - 1) * deviation(values)) / Math.sqrt(values.length);
  return { mean: centre, low: centre - half, high: centre + half };
}
