import * as tf from "@tensorflow/tfjs-core";
import type { OptimizerSpec, Schedule } from "@lectern/shared/schema";

/** A student's weights after a step, and the optimizer's slots (momentum: one a weight; Adam: m and v a weight). */
export interface UpdateResult {
  readonly weights: tf.Tensor[];
  readonly slots: tf.Tensor[][];
}

/** A pure optimizer: `init` makes the slots, `update` maps (ω, g, slots) to (ω', slots'). Call it inside tf.tidy. */
export interface UpdateRule {
  init(weights: readonly tf.Tensor[]): tf.Tensor[][];
  /**
   * @param gradients ∇L without weight decay: the rule adds λω itself
   * @param rate η_t, after the schedule
   * @param step t, from 0
   */
  update(
    weights: readonly tf.Tensor[],
    gradients: readonly tf.Tensor[],
    slots: readonly (readonly tf.Tensor[])[],
    rate: number,
    step: number,
  ): UpdateResult;
}

const zeros = (weights: readonly tf.Tensor[]): tf.Tensor[] => weights.map((w) => tf.zerosLike(w));
/** g + λω (L2, as in SGD with weight decay; Adam's is the same coupled form). */
const decayed = (g: tf.Tensor, w: tf.Tensor, decay: number): tf.Tensor =>
  decay === 0 ? g : tf.add(g, tf.mul(w, decay));

function sgd(decay: number): UpdateRule {
  return {
    init: () => [],
    update: (weights, gradients, _, rate) => ({
      weights: weights.map((w, i) => tf.sub(w, tf.mul(decayed(gradients[i]!, w, decay), rate))),
      slots: [],
    }),
  };
}

/** m' = γm + g; ω' = ω − ηm' (Polyak, as in PyTorch and TensorFlow.js). */
function momentum(gamma: number, decay: number): UpdateRule {
  return {
    init: (weights) => [zeros(weights)],
    update(weights, gradients, [m], rate) {
      const next = weights.map((w, i) => tf.add(tf.mul(m![i]!, gamma), decayed(gradients[i]!, w, decay)));
      return { weights: weights.map((w, i) => tf.sub(w, tf.mul(next[i]!, rate))), slots: [next] };
    },
  };
}

/** Kingma & Ba 2015, with bias correction and ε outside the root. */
function adam(beta1: number, beta2: number, epsilon: number, decay: number): UpdateRule {
  return {
    init: (weights) => [zeros(weights), zeros(weights)],
    update(weights, gradients, [m, v], rate, step) {
      const g = gradients.map((gradient, i) => decayed(gradient, weights[i]!, decay));
      const nextM = g.map((gradient, i) => tf.add(tf.mul(m![i]!, beta1), tf.mul(gradient, 1 - beta1)));
      const nextV = g.map((gradient, i) =>
        tf.add(tf.mul(v![i]!, beta2), tf.mul(tf.square(gradient), 1 - beta2)),
      );
      const [mScale, vScale] = [1 / (1 - beta1 ** (step + 1)), 1 / (1 - beta2 ** (step + 1))];
      return {
        weights: weights.map((w, i) =>
          tf.sub(
            w,
            tf.div(tf.mul(nextM[i]!, rate * mScale), tf.add(tf.sqrt(tf.mul(nextV[i]!, vScale)), epsilon)),
          ),
        ),
        slots: [nextM, nextV],
      };
    },
  };
}

export function updateRule(spec: OptimizerSpec): UpdateRule {
  switch (spec.kind) {
    case "sgd":
      return sgd(spec.weightDecay);
    case "momentum":
      return momentum(spec.momentum, spec.weightDecay);
    case "adam":
      return adam(spec.beta1, spec.beta2, spec.epsilon, spec.weightDecay);
  }
}

/** η_t: the base rate, times (1 + cos(πt/T))/2 for `cosine`. */
export function rateAt(base: number, schedule: Schedule, step: number, steps: number): number {
  return schedule === "cosine" ? (base * (1 + Math.cos((Math.PI * step) / steps))) / 2 : base;
}
