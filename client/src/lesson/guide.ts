import type * as tf from "@tensorflow/tfjs-core";
import type { Feature, MeasurementIntervals } from "@lectern/shared/schema";
import {
  familyOf,
  fixedLosses,
  needsDev,
  stateVector,
  weightedMean,
  type Algebra,
  type Coefficients,
  type emitOnHost,
  type FixedLossName,
  type PlainTensor,
  type StudentState,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";

/**
 * What tells a lesson which loss to minimise: a teacher, or a fixed loss beside it. One loop runs both, so that they
 * are compared on the same steps.
 */
export interface Guide {
  /** When the student is measured and φ emitted anew; `undefined`: never, the loss is fixed. */
  readonly measurement?: MeasurementIntervals;
  /** True if a measurement looks at dev data. */
  readonly needsDev: boolean;
  /** φ for a recorded state, in float64 on the host: the same on every backend. */
  emit(state: StudentState): Coefficients<PlainTensor>;
  /** ℓ for each row [n] of logits [n, K] and target [n, K], in the operations of any algebra. */
  losses<T>(A: Algebra<T>, phi: Coefficients<T>, logits: T, target: T): T;
}

export interface TeacherNetwork {
  readonly spec: TeacherSpec;
  readonly theta: Readonly<Record<string, PlainTensor>>;
  readonly features: readonly Feature[];
  readonly measurement: MeasurementIntervals;
}

/** @param emit computes φ for a state vector [D], in float64 */
export function guideOf(
  { spec, theta, features, measurement }: TeacherNetwork,
  emit: typeof emitOnHost,
): Guide {
  const family = familyOf(spec.family);
  return {
    measurement,
    needsDev: needsDev(features),
    emit: (state) => emit(spec, theta, stateVector(features, state)),
    losses: (A, phi, logits, target) => family.losses(A, phi, logits, target),
  };
}

/**
 * @param value the loss's own parameter: ε, γ, margin, q; unused by cross-entropy
 * @param measurement only to watch a student as a teacher's is watched: it changes nothing of the loss
 */
export function fixedGuide(name: FixedLossName, value = 0, measurement?: MeasurementIntervals): Guide {
  return {
    ...(measurement && { measurement }),
    needsDev: false,
    emit: () => ({}),
    losses: (A, _, logits, target) => fixedLosses[name].losses(A, logits, target, value),
  };
}

/** The mean loss of a batch (weighted, see `weightedMean`): what a step minimises, a scalar. */
export function batchLoss(
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  logits: tf.Tensor,
  target: tf.Tensor,
  weights?: tf.Tensor,
): tf.Scalar {
  const A = tensorFlowAlgebra;
  return weightedMean(A, guide.losses(A, phi, logits, target), weights) as tf.Scalar;
}

/** φ on the backend. The caller disposes it. */
export function uploadCoefficients(phi: Coefficients<PlainTensor>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(phi).map(([name, { data, shape }]) => [name, tensorFlowAlgebra.tensor(data, shape)]),
  );
}
