import { fixedLosses, plainAlgebra, type FixedLoss, type FixedLossName } from "@lectern/shared/teacher";
import { logitGradients, type Probe } from "./probe.ts";

const host = plainAlgebra(Float64Array);

/** The fixed loss whose gradients are most like a teacher's, up to a factor: a learning rate makes up for that. */
export interface NearestLoss {
  readonly loss: FixedLossName;
  /** Its own parameter; null for cross-entropy. */
  readonly parameter: { readonly name: string; readonly value: number } | null;
  /** The factor c in g ≈ c·g_fixed. */
  readonly factor: number;
  /** ‖g − c·g_fixed‖ / ‖g‖ over the probe: 0 is the same loss, 1 nothing in common. */
  readonly distance: number;
}

interface Candidate {
  readonly loss: FixedLossName;
  readonly parameter: NearestLoss["parameter"];
  readonly gradients: Float64Array;
}

/** Denser than what tuning tries first. */
const grids: Readonly<Partial<Record<FixedLossName, readonly number[]>>> = {
  "label-smoothing": [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9],
  focal: [0.25, 0.5, 1, 1.5, 2, 3, 5],
  "large-margin": [0.25, 0.5, 1, 2, 3, 4, 6, 8],
  "generalised-cross-entropy": [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  "symmetric-cross-entropy": [0.01, 0.03, 0.1, 0.3, 1, 3],
  poly: [0.5, 1, 2, 4, 8, 16],
};

/** Gradients of every known fixed loss over a probe: made once, compared with each φ. */
export function fixedCandidates(probe: Probe): Candidate[] {
  return (Object.entries(fixedLosses) as [FixedLossName, FixedLoss][]).flatMap(([loss, fixed]) =>
    (fixed.parameter ? (grids[loss] ?? fixed.parameter.grid) : [0]).map((value) => ({
      loss,
      parameter: fixed.parameter ? { name: fixed.parameter.name, value } : null,
      gradients: logitGradients((logits, target) => fixed.losses(host, logits, target, value), probe),
    })),
  );
}

/** @param gradients of the teacher's loss, over the candidates' probe */
export function nearestLoss(gradients: Float64Array, candidates: readonly Candidate[]): NearestLoss {
  const own = dot(gradients, gradients);
  const scored = candidates.map(({ loss, parameter, gradients: fixed }): NearestLoss => {
    const shared = dot(gradients, fixed);
    const factor = shared / dot(fixed, fixed);
    // ‖g − c·f‖² = ‖g‖² − c·⟨g, f⟩ at the best c; rounding may make it a little negative.
    const distance = Math.sqrt(Math.max(0, 1 - (factor * shared) / own));
    return { loss, parameter, factor, distance };
  });
  // A factor below 0 would teach the opposite.
  return scored.filter(({ factor }) => factor > 0).reduce(closer, { ...scored[0]!, distance: 1 });
}

const closer = (a: NearestLoss, b: NearestLoss): NearestLoss => (b.distance < a.distance ? b : a);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
