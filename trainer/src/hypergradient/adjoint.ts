import * as tf from "@tensorflow/tfjs-core";
import { updateRule } from "@lectern/client/lesson";
import type { OptimizerSpec } from "@lectern/shared/schema";

type Tensors = readonly tf.Tensor[];

/** Where an update ω', slots' = U(ω, g, slots) stood: constants for its adjoint. */
export interface UpdatePoint {
  readonly weights: Tensors;
  readonly gradients: Tensors;
  readonly slots: readonly Tensors[];
  readonly rate: number;
  readonly step: number;
}

export interface Pullback {
  /** dg: what the loss's Hessian and its mixed derivative are multiplied with. */
  readonly gradients: tf.Tensor[];
  /** dω without the Hessian's part. */
  readonly weights: tf.Tensor[];
  readonly slots: tf.Tensor[][];
}

/** The transpose of an update's derivative: from (dω', dslots') to (dg, dω, dslots). Call it inside tf.tidy. */
export interface UpdateAdjoint {
  /** True if `pull` reads `gradients`, so that they must be recomputed before dg is known. */
  readonly readsGradients: boolean;
  pull(dWeights: Tensors, dSlots: readonly Tensors[], point: UpdatePoint): Pullback;
}

const plus = (a: tf.Tensor, b: tf.Tensor, scale: number): tf.Tensor =>
  scale === 0 ? a : tf.add(a, tf.mul(b, scale));

/** ω' = ω − η(g + λω). */
const sgd = (decay: number): UpdateAdjoint => ({
  readsGradients: false,
  pull(dWeights, _, { rate }) {
    const gradients = dWeights.map((d) => tf.mul(d, -rate));
    return { gradients, weights: dWeights.map((d, i) => plus(d, gradients[i]!, decay)), slots: [] };
  },
});

/** m' = γm + g + λω; ω' = ω − ηm'. */
const momentum = (gamma: number, decay: number): UpdateAdjoint => ({
  readsGradients: false,
  pull(dWeights, [dM], { rate }) {
    const total = dWeights.map((d, i) => plus(dM![i]!, d, -rate));
    return {
      gradients: total,
      weights: dWeights.map((d, i) => plus(d, total[i]!, decay)),
      slots: [total.map((d) => tf.mul(d, gamma))],
    };
  },
});

/**
 * m' = β₁m + (1−β₁)g, v' = β₂v + (1−β₂)g², ω' = ω − η m̂/(√v̂ + ε).
 * √ has an infinite derivative at v' = 0, which a weight whose gradient was zero for ever reaches (border pixels, dead
 * ReLUs): 0·∞ would be NaN. There g = 0 and ∂v'/∂g = 0, so the term's value is 0: it is taken as 0.
 */
const adam = (beta1: number, beta2: number, epsilon: number, decay: number): UpdateAdjoint => ({
  readsGradients: true,
  pull(dWeights, [dM, dV], { weights, gradients, slots: [m, v], rate, step }) {
    const [mScale, vScale] = [1 / (1 - beta1 ** (step + 1)), 1 / (1 - beta2 ** (step + 1))];
    const out: Pullback = { gradients: [], weights: [], slots: [[], []] };
    for (const [i, d] of dWeights.entries()) {
      const g = plus(gradients[i]!, weights[i]!, decay);
      const nextM = tf.add(tf.mul(m![i]!, beta1), tf.mul(g, 1 - beta1));
      const nextV = tf.add(tf.mul(v![i]!, beta2), tf.mul(tf.square(g), 1 - beta2));
      const root = tf.sqrt(tf.mul(nextV, vScale));
      const denominator = tf.add(root, epsilon);
      const dNextM = tf.add(dM![i]!, tf.mul(tf.div(d, denominator), -rate * mScale));
      const slope = tf.divNoNan(
        tf.mul(tf.mul(d, nextM), (rate * mScale * vScale) / 2),
        tf.mul(root, tf.square(denominator)),
      );
      const dNextV = tf.add(dV![i]!, slope);
      const dG = tf.add(tf.mul(dNextM, 1 - beta1), tf.mul(tf.mul(dNextV, g), 2 * (1 - beta2)));
      out.gradients.push(dG);
      out.weights.push(plus(d, dG, decay));
      out.slots[0]!.push(tf.mul(dNextM, beta1));
      out.slots[1]!.push(tf.mul(dNextV, beta2));
    }
    return out;
  },
});

/** m' = γm + g + λω; ω' = ω − η(g + λω + γm'). */
const nesterov = (gamma: number, decay: number): UpdateAdjoint => ({
  readsGradients: false,
  pull(dWeights, [dM], { rate }) {
    const total = dWeights.map((d, i) => plus(dM![i]!, d, -rate * gamma));
    const gradients = dWeights.map((d, i) => plus(total[i]!, d, -rate));
    return {
      gradients,
      weights: dWeights.map((d, i) => plus(d, gradients[i]!, decay)),
      slots: [total.map((d) => tf.mul(d, gamma))],
    };
  },
});

/**
 * Of a rule that is differentiable wherever a lesson can come (what is under its roots is at least ε), from TensorFlow.js'
 * own derivatives of its update: at the kinks of Adamax's maximum and of the floor under centred RMSProp's root, one side's.
 */
const taped = (spec: OptimizerSpec): UpdateAdjoint => ({
  readsGradients: true,
  pull(dWeights, dSlots, { weights, gradients, slots, rate, step }) {
    const rule = updateRule(spec);
    const out: Pullback = { gradients: [], weights: [], slots: slots.map(() => []) };
    for (const [i, d] of dWeights.entries()) {
      // One weight at a time: the tape holds no more than that.
      const own = slots.map((slot) => slot[i]!);
      const pulled = tf.grads((w: tf.Tensor, g: tf.Tensor, ...at: tf.Tensor[]) => {
        const next = rule.update(
          [w],
          [g],
          at.map((slot) => [slot]),
          rate,
          step,
        );
        return dSlots
          .map((slot, k) => tf.sum(tf.mul(next.slots[k]![0]!, slot[i]!)))
          .reduce((a, b) => tf.add(a, b), tf.sum(tf.mul(next.weights[0]!, d)));
      })([weights[i]!, gradients[i]!, ...own]);
      out.weights.push(pulled[0]!);
      out.gradients.push(pulled[1]!);
      for (const [k, slot] of out.slots.entries()) slot.push(pulled[2 + k]!);
    }
    return out;
  },
});

export function updateAdjoint(spec: OptimizerSpec): UpdateAdjoint {
  switch (spec.kind) {
    case "sgd":
      return sgd(spec.weightDecay);
    case "momentum":
      return momentum(spec.momentum, spec.weightDecay);
    case "adam":
      return adam(spec.beta1, spec.beta2, spec.epsilon, spec.weightDecay);
    case "nesterov":
      return nesterov(spec.momentum, spec.weightDecay);
    default:
      return taped(spec);
  }
}
