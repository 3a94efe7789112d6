import {
  emit,
  familyOf,
  plainAlgebra,
  stateVector,
  type Coefficients,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { fixedCandidates, nearestLoss, type NearestLoss } from "./nearest-loss.ts";
import { createProbe, logitGradients, pullByConfidence, pullByLabel } from "./probe.ts";
import type { Moment, Subject } from "./trajectory.ts";

const host = plainAlgebra(Float64Array);

/** What a teacher does at one moment of a student's training. */
export interface Doing {
  readonly step: number;
  /** t/T. */
  readonly time: number;
  readonly phi: Coefficients<PlainTensor>;
  /** −∂ℓ/∂z_y by the probe's confidences, mean over labels. */
  readonly pullByConfidence: readonly number[];
  /** −∂ℓ/∂z_y by the probe's labels, mean over confidences. */
  readonly pullByLabel: readonly number[];
  readonly nearest: NearestLoss;
}

export interface Inspection {
  readonly label: string;
  readonly family: string;
  readonly classNames: readonly string[];
  /** Where the states are from: "a nominal student" or "a lesson on glyphs". */
  readonly student: string;
  readonly recipe: Subject["recipe"];
  /** p_y of the probe. */
  readonly confidences: readonly number[];
  /** Classes of the probe. */
  readonly labels: readonly number[];
  readonly moments: readonly Doing[];
  /** ‖g_end − g_start‖ / ‖g_start‖ of the logit gradients: how much the loss itself changes over the lesson. */
  readonly change: number;
  /** The same after the best common factor was taken out: what is left isn't a schedule of the rate. */
  readonly changeOfShape: number;
}

/**
 * Looks at a teacher along the states of a student's training: what it emits, how hard that pulls, and which known loss
 * it is most like. Everything is measured on ∂ℓ/∂z, the gradient at the logits, which is what a student feels.
 *
 * @param moments at least one, in the order of steps
 */
export function inspect(teacher: Subject, moments: readonly Moment[], student: string): Inspection {
  const { network, label, recipe, classNames } = teacher;
  const { spec, theta, features } = network;
  const probe = createProbe(spec.classes);
  const candidates = fixedCandidates(probe);
  const gradients: Float64Array[] = [];
  const doings = moments.map(({ step, state }): Doing => {
    const phi = emit(host, spec, theta, host.tensor(stateVector(features, state), [features.length]));
    const own = logitGradients(
      (logits, target) => familyOf(spec.family).losses(host, phi, logits, target),
      probe,
    );
    gradients.push(own);
    return {
      step,
      time: state.time,
      phi,
      pullByConfidence: pullByConfidence(own, probe),
      pullByLabel: pullByLabel(own, probe),
      nearest: nearestLoss(own, candidates),
    };
  });
  const [first, last] = [gradients[0]!, gradients.at(-1)!];
  return {
    label,
    family: spec.family,
    classNames,
    student,
    recipe,
    confidences: probe.confidences,
    labels: probe.labels,
    moments: doings,
    change: relative(last, first, 1),
    changeOfShape: relative(last, first, dot(last, first) / dot(first, first)),
  };
}

/** ‖a − c·b‖ / ‖c·b‖. */
function relative(a: Float64Array, b: Float64Array, c: number): number {
  const difference = a.map((x, i) => x - c * b[i]!);
  return Math.sqrt(dot(difference, difference)) / (Math.abs(c) * Math.sqrt(dot(b, b)));
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
