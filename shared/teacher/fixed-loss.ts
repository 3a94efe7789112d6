import type { Algebra } from "./algebra.ts";

/** A loss that doesn't change over training: the rivals that a teacher is measured against. */
export interface FixedLoss {
  /** Its own parameter, and the values that tuning tries first; absent for cross-entropy. */
  readonly parameter?: { readonly name: string; readonly grid: readonly number[] };
  /** Per example [n] from logits [n, K] and target [n, K]. */
  losses<T>(A: Algebra<T>, logits: T, target: T, value: number): T;
}

const scalar = <T>(A: Algebra<T>, value: number): T => A.tensor([value], []);
/** log p_y, [n]. */
const logLikelihood = <T>(A: Algebra<T>, logits: T, target: T): T =>
  A.sum(A.mul(A.logSoftmax(logits), target), 1);

const crossEntropy: FixedLoss = {
  losses: (A, logits, target) => A.mul(logLikelihood(A, logits, target), scalar(A, -1)),
};

/** Szegedy et al. 2016: the target becomes (1 − ε)·target + ε/K. */
const labelSmoothing: FixedLoss = {
  parameter: { name: "epsilon", grid: [0.1, 0.2, 0.3] },
  losses(A, logits, target, epsilon) {
    const K = A.shapeOf(logits)[1]!;
    const smoothed = A.add(A.mul(target, scalar(A, 1 - epsilon)), scalar(A, epsilon / K));
    return A.mul(A.sum(A.mul(A.logSoftmax(logits), smoothed), 1), scalar(A, -1));
  },
};

/** Lin et al. 2017: −(1 − p_y)^γ log p_y. */
const focal: FixedLoss = {
  parameter: { name: "gamma", grid: [0.5, 1, 2] },
  losses(A, logits, target, gamma) {
    const logP = logLikelihood(A, logits, target);
    // 1e-7 keeps log(1 − p) finite when p rounds to 1.
    const miss = A.log(A.sub(scalar(A, 1 + 1e-7), A.exp(logP)));
    return A.mul(A.mul(A.exp(A.mul(miss, scalar(A, gamma))), logP), scalar(A, -1));
  },
};

/**
 * Large-margin softmax in the additive form on logits (Wang et al. 2018, without normalisation): cross-entropy after
 * the label's logit lost a margin m. The angular form of Liu et al. 2016 needs the last layer's weights.
 */
const largeMargin: FixedLoss = {
  parameter: { name: "margin", grid: [0.5, 1, 2] },
  losses: (A, logits, target, margin) =>
    crossEntropy.losses(A, A.sub(logits, A.mul(target, scalar(A, margin))), target, 0),
};

/** Zhang & Sabuncu 2018: (1 − p_y^q)/q, between cross-entropy (q → 0) and mean absolute error (q = 1). */
const generalisedCrossEntropy: FixedLoss = {
  parameter: { name: "q", grid: [0.3, 0.5, 0.7, 0.9] },
  losses(A, logits, target, q) {
    const power = A.exp(A.mul(logLikelihood(A, logits, target), scalar(A, q)));
    return A.mul(A.sub(scalar(A, 1), power), scalar(A, 1 / q));
  },
};

/** log of a target's probability 0 in the reverse term: the paper's A. */
const logZero = -4;

/**
 * Wang et al. 2019, eq. 5 with β = 1, since the rate scales the whole: α·CE − Σ_k p_k log q_k, where log 0 is A = −4. For
 * a hard label the reverse term is 4(1 − p_y).
 */
const symmetricCrossEntropy: FixedLoss = {
  parameter: { name: "alpha", grid: [0.01, 0.1, 1] },
  losses(A, logits, target, alpha) {
    const floor = Math.exp(logZero);
    const logQ = A.log(A.add(A.mul(target, scalar(A, 1 - floor)), scalar(A, floor)));
    const reverse = A.sum(A.mul(A.exp(A.logSoftmax(logits)), logQ), 1);
    const forward = A.mul(logLikelihood(A, logits, target), scalar(A, alpha));
    return A.mul(A.add(forward, reverse), scalar(A, -1));
  },
};

/** Leng et al. 2022, Poly-1: −log p_y + ε₁(1 − p_y). */
const poly: FixedLoss = {
  parameter: { name: "epsilon1", grid: [0.5, 1, 2, 4] },
  losses(A, logits, target, epsilon) {
    const p = A.sum(A.mul(A.exp(A.logSoftmax(logits)), target), 1);
    const miss = A.mul(A.sub(scalar(A, 1), p), scalar(A, epsilon));
    return A.sub(miss, logLikelihood(A, logits, target));
  },
};

export const fixedLosses = {
  "cross-entropy": crossEntropy,
  "label-smoothing": labelSmoothing,
  focal,
  "large-margin": largeMargin,
  "generalised-cross-entropy": generalisedCrossEntropy,
  "symmetric-cross-entropy": symmetricCrossEntropy,
  poly,
} as const satisfies Readonly<Record<string, FixedLoss>>;

export type FixedLossName = keyof typeof fixedLosses;
