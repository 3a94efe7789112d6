import { tf } from "@lectern/shared/tensorflow";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { averaged, type Rule } from "./rule.ts";

type Of<Kind extends OptimizerSpec["kind"]> = Extract<OptimizerSpec, { kind: Kind }>;
type RootMeanSquare = Omit<Of<"rmsprop">, "kind">;

/** TensorFlow.js' own, which tf.train.adagrad has no option for. */
const adagradEpsilon = 1e-7;

/** m' = γm + ηg/√spread: the step that both rules of root mean squares take. */
function scaledMomentum(
  { momentum }: RootMeanSquare,
  g: tf.Tensor,
  spread: tf.Tensor,
  m: tf.Tensor,
  rate: number,
): tf.Tensor {
  return tf.add(tf.mul(m, momentum), tf.div(tf.mul(g, rate), tf.sqrt(spread)));
}

/** Nesterov's momentum as Sutskever et al. (2013) put it: m' = γm + g; ω' = ω − η(g + γm'). */
export const nesterov: Rule<Of<"nesterov">> = [
  1,
  ({ momentum }, w, g, [m], rate) => {
    const next = tf.add(tf.mul(m!, momentum), g);
    return [tf.sub(w, tf.mul(tf.add(g, tf.mul(next, momentum)), rate)), next];
  },
];

/** RMSProp (Tieleman & Hinton 2012), ε within the root: v' = ρv + (1−ρ)g²; m' = γm + ηg/√(v' + ε); ω' = ω − m'. */
export const rmsprop: Rule<RootMeanSquare> = [
  2,
  (spec, w, g, [v, m], rate) => {
    const nextV = averaged(v!, spec.decay, tf.square(g));
    const nextM = scaledMomentum(spec, g, tf.add(nextV, spec.epsilon), m!, rate);
    return [tf.sub(w, nextM), nextV, nextM];
  },
];

/**
 * RMSProp by the gradient's variance (Graves 2013): a' = ρa + (1−ρ)g; m' = γm + ηg/√(v' − a'² − ε). TensorFlow.js
 * subtracts ε, and so a weight whose gradient is zero, or doesn't vary, becomes NaN; here what is under the root is at
 * least ε, which changes no other weight.
 */
export const centeredRmsprop: Rule<RootMeanSquare> = [
  3,
  (spec, w, g, [v, a, m], rate) => {
    const nextV = averaged(v!, spec.decay, tf.square(g));
    const nextA = averaged(a!, spec.decay, g);
    const variance = tf.sub(nextV, tf.add(tf.square(nextA), spec.epsilon));
    const nextM = scaledMomentum(spec, g, tf.maximum(variance, spec.epsilon), m!, rate);
    return [tf.sub(w, nextM), nextV, nextA, nextM];
  },
];

/** Adagrad (Duchi et al. 2011): ω' = ω − ηg/√(a₀ + Σg² + ε). The slot is Σg², so that it starts at zero. */
export const adagrad: Rule<Of<"adagrad">> = [
  1,
  ({ initialAccumulatorValue }, w, g, [sum], rate) => {
    const next = tf.add(sum!, tf.square(g));
    const root = tf.sqrt(tf.add(next, initialAccumulatorValue + adagradEpsilon));
    return [tf.sub(w, tf.mul(tf.div(g, root), rate)), next];
  },
];

/**
 * Adadelta (Zeiler 2012), as TensorFlow.js has it: u = g√(d + ε)/√(v + ε) with v *before* this step; ω' = ω − ηu;
 * v' = ρv + (1−ρ)g², d' = ρd + (1−ρ)u².
 */
export const adadelta: Rule<Of<"adadelta">> = [
  2,
  ({ rho, epsilon }, w, g, [v, d], rate) => {
    const ratio = tf.div(tf.sqrt(tf.add(d!, epsilon)), tf.sqrt(tf.add(v!, epsilon)));
    const update = tf.mul(ratio, g);
    return [
      tf.sub(w, tf.mul(update, rate)),
      averaged(v!, rho, tf.square(g)),
      averaged(d!, rho, tf.square(update)),
    ];
  },
];

/**
 * Adamax (Kingma & Ba 2015, section 7.1): m' = β₁m + (1−β₁)g; u' = max(β₂u, |g|);
 * ω' = ω − η/(1 + decay·t) · m'/((1 − β₁ᵗ⁺¹)(u' + ε)).
 */
export const adamax: Rule<Of<"adamax">> = [
  2,
  ({ beta1, beta2, epsilon, decay }, w, g, [m, u], rate, step) => {
    const nextM = averaged(m!, beta1, g);
    const nextU = tf.maximum(tf.mul(u!, beta2), tf.abs(g));
    const scale = rate / (1 + step * decay) / (1 - beta1 ** (step + 1));
    return [tf.sub(w, tf.mul(tf.div(nextM, tf.add(nextU, epsilon)), scale)), nextM, nextU];
  },
];
