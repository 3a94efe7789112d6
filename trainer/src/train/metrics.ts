import type { HypergradientReply } from "./job.ts";

type WithNorms = Pick<HypergradientReply, "norms">;

/** |dω_t| over t, from T down: where it was measured, and for each student what it was there, as far as it came. */
export interface CotangentProfile {
  readonly steps: readonly number[];
  /** By student; four significant digits; null where it wasn't finite. */
  readonly norms: readonly (readonly (number | null)[])[];
}

export function cotangentProfile(replies: readonly WithNorms[]): CotangentProfile {
  const longest = replies.reduce<WithNorms["norms"]>(
    (best, { norms }) => (norms.length > best.length ? norms : best),
    [],
  );
  return {
    steps: longest.map(({ step }) => step),
    norms: replies.map(({ norms }) => norms.map(({ norm }) => rounded(norm))),
  };
}

/** The largest |dω_t| of all; null if one was infinite, or none was measured. */
export const largestOf = (replies: readonly WithNorms[]): number | null =>
  finiteOrNull(Math.max(...replies.flatMap(({ norms }) => norms.map(({ norm }) => norm))));

export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

const rounded = (value: number): number | null =>
  Number.isFinite(value) ? Number(value.toPrecision(4)) : null;

/** JSON has no infinity. */
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
