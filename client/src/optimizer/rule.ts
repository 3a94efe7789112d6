import { schedules } from "@lectern/shared/artifact";
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

/** How many slots a weight has, zero at first; and (ω', …slots') of one weight. */
export type Rule<Spec = OptimizerSpec> = readonly [
  slots: number,
  move: (
    spec: Spec,
    w: tf.Tensor,
    g: tf.Tensor,
    slots: readonly tf.Tensor[],
    rate: number,
    step: number,
  ) => tf.Tensor[],
];

/** γa + (1 − γ)b */
export const averaged = (a: tf.Tensor, gamma: number, b: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(a, gamma), tf.mul(b, 1 - gamma));

/**
 * SGD: ω' = ω − ηg. Momentum (Polyak, as in PyTorch and TensorFlow.js): m' = γm + g; ω' = ω − ηm'.
 * Adam: Kingma & Ba 2015, with bias correction and ε outside the root. Others are registered.
 */
export const rules: { [Kind in OptimizerSpec["kind"]]?: Rule<Extract<OptimizerSpec, { kind: Kind }>> } = {
  sgd: [0, (_, w, g, __, rate) => [tf.sub(w, tf.mul(g, rate))]],
  momentum: [
    1,
    ({ momentum }, w, g, [m], rate) => {
      const next = tf.add(tf.mul(m!, momentum), g);
      return [tf.sub(w, tf.mul(next, rate)), next];
    },
  ],
  adam: [
    2,
    ({ beta1, beta2, epsilon }, w, g, [m, v], rate, step) => {
      const unbiased = (beta: number) => 1 / (1 - beta ** (step + 1));
      const nextM = averaged(m!, beta1, g);
      const nextV = averaged(v!, beta2, tf.square(g));
      const root = tf.add(tf.sqrt(tf.mul(nextV, unbiased(beta2))), epsilon);
      return [tf.sub(w, tf.div(tf.mul(nextM, rate * unbiased(beta1)), root)), nextM, nextV];
    },
  ],
};

/** The optimizer of a recipe whose kind is in {@link rules}. */
export function updateRule(spec: OptimizerSpec): UpdateRule {
  const [count, move] = rules[spec.kind] as Rule;
  return {
    init: (weights) => Array.from({ length: count }, () => weights.map((w) => tf.zerosLike(w))),
    update(weights, gradients, slots, rate, step) {
      const moved = weights.map((w, i) => {
        // L2, as in SGD with weight decay; the others' is the same coupled form.
        const g = spec.weightDecay ? tf.add(gradients[i]!, tf.mul(w, spec.weightDecay)) : gradients[i]!;
        return move(
          spec,
          w,
          g,
          slots.map((slot) => slot[i]!),
          rate,
          step,
        );
      });
      return { weights: moved.map(([w]) => w!), slots: slots.map((_, k) => moved.map((own) => own[k + 1]!)) };
    },
  };
}

/** η_t of a lesson, by its schedule's name. */
export const rateAt = (base: number, schedule: Schedule, step: number, steps: number): number =>
  schedules.get(schedule)!(base, step, steps);
