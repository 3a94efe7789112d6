import { plainAlgebra, type PlainTensor } from "@lectern/shared/teacher";
import { emitAny, type AnySpec } from "../recurrent/index.ts";
import { blendTheta, type ThetaValues } from "./meta-optimizer.ts";

/** How far a step of θ moves what the teacher says. */
export interface TrustedStep {
  readonly theta: ThetaValues;
  /** Share of the step that was taken, 0 … 1. */
  readonly share: number;
  /** Change of φ that the taken step makes: see `changeOfPhi`. */
  readonly change: number;
}

const attempts = 8;

/**
 * A trust region in φ-space: θ's step is shortened until no emission of the last students' trajectories changes by more
 * than `radius`. A step's length in θ says little: attention's keys can leave φ alone, or turn it over; students feel φ.
 * The direction stays. A step within the region is taken as it is, bit for bit.
 *
 * @param states s_t at the emissions of the meta-step's students, each [D]
 */
export function trustedStep(
  spec: AnySpec,
  states: readonly Float64Array[],
  from: ThetaValues,
  to: ThetaValues,
  radius: number,
): TrustedStep {
  let share = 1;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const theta = share === 1 ? to : blendTheta(to, from, share);
    const change = changeOfPhi(spec, states, from, theta);
    if (change <= radius) return { theta, share, change };
    // φ is nearly linear in so short a step; a little less, so that rounding doesn't ask for another round.
    share *= Number.isFinite(change) ? Math.max(0.1, (0.98 * radius) / change) : 0.1;
  }
  return { theta: from, share: 0, change: 0 };
}

/**
 * The largest change of φ over states and blocks, relative: ‖φ′ − φ‖ / max(1, ‖φ‖), norms over a block's numbers.
 */
export function changeOfPhi(
  spec: AnySpec,
  states: readonly Float64Array[],
  from: ThetaValues,
  to: ThetaValues,
): number {
  let largest = 0;
  for (const state of states) {
    const [before, after] = [phiOf(spec, from, state), phiOf(spec, to, state)];
    for (const [name, block] of Object.entries(before)) {
      const change = distance(block.data, after[name]!.data) / Math.max(1, norm(block.data));
      if (Number.isNaN(change)) return Infinity;
      largest = Math.max(largest, change);
    }
  }
  return largest;
}

function phiOf(spec: AnySpec, theta: ThetaValues, state: Float64Array): Record<string, PlainTensor> {
  const A = plainAlgebra(Float64Array);
  return emitAny<PlainTensor>(A, spec, theta, A.tensor(state, [state.length]), state.length / spec.features);
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.hypot(...Array.from(a, (v, i) => v - b[i]!));
