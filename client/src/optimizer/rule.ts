import { tf } from "@lectern/shared/tensorflow";
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

/**
 * SGD: ω' = ω − ηg. Momentum (Polyak, as in PyTorch and TensorFlow.js): m' = γm + g; ω' = ω − ηm'.
 * Adam: Kingma & Ba 2015, with bias correction and ε outside the root.
 */
export function updateRule(spec: OptimizerSpec): UpdateRule {
  const adam = spec.kind === "adam" && spec;
  const momentum = spec.kind === "momentum" && spec;
  const slots = adam ? 2 : momentum ? 1 : 0;
  /** γa + scale·b */
  const decay = (a: tf.Tensor, gamma: number, b: tf.Tensor, scale?: number): tf.Tensor =>
    tf.add(tf.mul(a, gamma), scale === undefined ? b : tf.mul(b, scale));
  return {
    init: (weights) => Array.from({ length: slots }, () => weights.map((w) => tf.zerosLike(w))),
    update(weights, gradients, [m = [], v = []], rate, step) {
      const next: tf.Tensor[][] = Array.from({ length: slots }, () => []);
      const moved = weights.map((w, i) => {
        let g = gradients[i]!;
        // L2, as in SGD with weight decay; Adam's is the same coupled form.
        if (spec.weightDecay !== 0) g = tf.add(g, tf.mul(w, spec.weightDecay));
        if (momentum) g = next[0]![i] = decay(m[i]!, momentum.momentum, g);
        if (!adam) return tf.sub(w, tf.mul(g, rate));
        const { beta1, beta2, epsilon } = adam;
        const nextM = (next[0]![i] = decay(m[i]!, beta1, g, 1 - beta1));
        const nextV = (next[1]![i] = decay(v[i]!, beta2, tf.square(g), 1 - beta2));
        const [mScale, vScale] = [1 / (1 - beta1 ** (step + 1)), 1 / (1 - beta2 ** (step + 1))];
        const root = tf.add(tf.sqrt(tf.mul(nextV, vScale)), epsilon);
        return tf.sub(w, tf.div(tf.mul(nextM, rate * mScale), root));
      });
      return { weights: moved, slots: next };
    },
  };
}

/** η_t: the base rate, times (1 + cos(πt/T))/2 for `cosine`. */
export function rateAt(base: number, schedule: Schedule, step: number, steps: number): number {
  return schedule === "cosine" ? (base * (1 + Math.cos((Math.PI * step) / steps))) / 2 : base;
}
