import { meanOf } from "./metrics.ts";
import type { ThetaValues } from "./meta-optimizer.ts";

/** The θ at which the meta-dev error was least so far, by the students that meta-steps taught there. */
export interface Anchor {
  readonly theta: ThetaValues;
  /** Mean over its meta-steps, 0 … 1. */
  readonly error: number;
  /** How often it was measured there: once, and again after each setback. */
  readonly metaSteps: number;
  /** Meta-steps since that were no better, without a setback. */
  readonly since: number;
}

/** Meta-steps past the edge that may pass without a smaller error. */
const patience = 2;
/** A rise of the error that is never a setback by itself. */
const slack = 0.05;

/**
 * Whether θ has to go back. Past the edge of stability the direction of a step is little better than chance, and nothing
 * in a hypergradient tells whether it led out or further in: what the next meta-steps' students come to does, at no cost.
 * Their error, not M: flat predictions have a small M. A setback is a θ where no student gave a hypergradient, or all of
 * them err more than `factor` times as often as at the anchor, and 5 %; or the second in a row past the edge where the
 * error was no less.
 *
 * @param errors of the usable students at this θ
 */
export function isSetback(
  anchor: Anchor | null,
  theta: ThetaValues,
  errors: readonly number[],
  { factor, pastTheEdge }: { factor: number; pastTheEdge: boolean },
): boolean {
  if (errors.length === 0) return true;
  if (anchor === null || isSame(anchor.theta, theta)) return false;
  if (Math.min(...errors) > factor * anchor.error + slack) return true;
  return pastTheEdge && meanOf(errors)! >= anchor.error && anchor.since + 1 >= patience;
}

/** The anchor once errors are known at `theta`; where θ is the anchor's own, its mean takes them in. */
export function nextAnchor(
  anchor: Anchor | null,
  theta: ThetaValues,
  errors: readonly number[],
  setback: boolean,
): Anchor | null {
  const error = meanOf(errors);
  if (anchor && setback) return { ...anchor, since: 0 };
  if (error === null) return anchor;
  if (anchor && isSame(anchor.theta, theta)) {
    const metaSteps = anchor.metaSteps + 1;
    return { theta, error: anchor.error + (error - anchor.error) / metaSteps, metaSteps, since: 0 };
  }
  if (anchor === null || error < anchor.error) return { theta, error, metaSteps: 1, since: 0 };
  return { ...anchor, since: anchor.since + 1 };
}

const isSame = (a: ThetaValues, b: ThetaValues): boolean =>
  Object.entries(a).every(([name, { data }]) => data.every((v, i) => v === b[name]!.data[i]));
