import * as tf from "@tensorflow/tfjs-core";
import { studentGradients, studentLoss, type Batch, type Guide, type Student } from "@lectern/client/lesson";
import { dualProduct, hasDualProduct } from "../dual/index.ts";
import { stopGradient } from "../overlay/index.ts";
import type { Pullback, UpdateAdjoint } from "./adjoint.ts";

/** dM/dω and dM/dslots at one point of the lesson: what runs backwards. */
export type Cotangent = {
  readonly weights: tf.Tensor[];
  readonly slots: tf.Tensor[][];
};

export type ReverseStep = {
  readonly cotangent: Cotangent;
  /** ∂⟨∇_ω L, dg⟩/∂φ by name: what this step adds to dφ. */
  readonly dPhi: Record<string, tf.Tensor>;
};

export interface StepPoint {
  readonly student: Student;
  readonly guide: Guide;
  /** φ_t as variables, so that it can be differentiated by name. */
  readonly phi: Readonly<Record<string, tf.Variable>>;
  readonly batch: Batch;
  readonly weights: readonly tf.Tensor[];
  readonly slots: readonly (readonly tf.Tensor[])[];
  readonly rate: number;
  readonly step: number;
}

/**
 * One exact step of reverse-mode differentiation:
 * dω_t = (∂U/∂ω)ᵀ dω_{t+1} + ∇²_ω L · dg and dφ_t = ∂_φ∇_ω L · dg, with dg = (∂U/∂g)ᵀ dω_{t+1}
 * (L2T-DLF, NeurIPS 2018, algorithm 1; Maclaurin et al. 2015). Both products are gradients of ⟨∇_ω L, dg⟩ with dg held
 * constant. It sets the student's variables to ω_t. The caller disposes what it gives.
 */
export function reverseStep(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint): ReverseStep {
  return hasDualProduct(point.student)
    ? dualReverseStep(point, after, adjoint)
    : tapeReverseStep(point, after, adjoint);
}

/** {@link reverseStep} layer by layer, forward-over-reverse: for students whose every layer has a rule in ../dual. */
export function dualReverseStep(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint): ReverseStep {
  const { student, guide, phi, batch, weights, slots, rate, step } = point;
  for (const [i, variable] of student.variables.entries()) variable.assign(weights[i]!);
  return tf.tidy((): ReverseStep => {
    const first = adjoint.readsGradients ? studentGradients(student, guide, phi, batch) : undefined;
    // A lesson reads them, so they are kept beyond a tidy.
    first?.logits.dispose();
    const gradients = first?.gradients ?? [];
    const pulled = adjoint.pull(after.weights, after.slots, { weights, gradients, slots, rate, step });
    const product = dualProduct(point, pulled.gradients);
    return {
      cotangent: {
        weights: pulled.weights.map((direct, i) => tf.add(direct, product.weights[i]!)),
        slots: pulled.slots.map((slot) => slot.map((t) => tf.clone(t))),
      },
      dPhi: product.dPhi,
    };
  });
}

/** {@link reverseStep} for any student that the overlay covers, by double backward over the tape. */
export function tapeReverseStep(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint): ReverseStep {
  const { student, guide, phi, batch, weights, slots, rate, step } = point;
  for (const [i, variable] of student.variables.entries()) variable.assign(weights[i]!);
  const phiNames = Object.keys(phi);
  const phiVariables = Object.values(phi);
  return tf.tidy((): ReverseStep => {
    const pull = (gradients: readonly tf.Tensor[]) =>
      adjoint.pull(after.weights, after.slots, { weights, gradients, slots, rate, step });
    let pulled = adjoint.readsGradients ? undefined : pull([]);
    const { grads } = tf.variableGrads(
      () => {
        const inner = tf.variableGrads(
          () => studentLoss(student, guide, phi, batch),
          student.variables as tf.Variable[],
        );
        const gradients = student.variables.map(({ name }) => inner.grads[name]!);
        // Computed within the tape's scope, but needed after it.
        pulled ??= keep(pull(gradients.map((g) => stopGradient(() => g.clone()))));
        const directions = pulled.gradients;
        return gradients
          .map((g, i) => tf.sum(tf.mul(g, directions[i]!)))
          .reduce((a, b) => tf.add(a, b)) as tf.Scalar;
      },
      [...student.variables, ...phiVariables] as tf.Variable[],
    );
    const { weights: direct, slots: dSlots } = pulled!;
    const result: ReverseStep = {
      cotangent: {
        weights: student.variables.map(({ name }, i) => {
          const hessianProduct = grads[name];
          // A weight that no second-order path leads to has no such term.
          return hessianProduct ? tf.add(direct[i]!, hessianProduct) : tf.clone(direct[i]!);
        }),
        slots: dSlots.map((slot) => slot.map((t) => tf.clone(t))),
      },
      dPhi: Object.fromEntries(
        phiNames.map((name, i) => [name, grads[phiVariables[i]!.name] ?? tf.zerosLike(phiVariables[i]!)]),
      ),
    };
    if (adjoint.readsGradients) tf.dispose([pulled!.gradients, pulled!.weights, pulled!.slots]);
    return result;
  });
}

function keep(pulled: Pullback): Pullback {
  for (const t of [...pulled.gradients, ...pulled.weights, ...pulled.slots.flat()]) tf.keep(t);
  return pulled;
}
