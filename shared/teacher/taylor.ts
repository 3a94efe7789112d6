import type { LossFamilySpec } from "./family.ts";

/**
 * TaylorGLO's loss (Gonzalez & Miikkulainen 2021, "Optimizing Loss Functions Through Multivariate Taylor Polynomial
 * Parameterization", eq. 5): the terms of a third-order polynomial around (θ₀, θ₁) in label x and probability y that move
 * with y,
 *
 * ℓ = −Σ_j [ θ₂(y−θ₁) + θ₃(y−θ₁)²/2 + θ₄(y−θ₁)³/6 + θ₅(x−θ₀)(y−θ₁) + θ₆(x−θ₀)(y−θ₁)²/2 + θ₇(x−θ₀)²(y−θ₁)/2 ],
 *
 * a sum over classes where the paper has the mean: the difference is the learning rate's. It knows no classes, so that a
 * teacher serves any number of them. `t` is θ, [8]; it starts at cross-entropy's expansion around y = 1 to second order.
 */
export const taylor: LossFamilySpec = {
  blocks: () => [{ name: "t", shape: [8] }],
  finish: (A, { t }) =>
    Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`t${i}`, A.reshape(A.slice(t!, i, 1), [])])),
  losses(A, phi, logits, target) {
    const [t0, t1, t2, t3, t4, t5, t6, t7] = Array.from({ length: 8 }, (_, i) => phi[`t${i}`]!);
    const y = A.sub(A.exp(A.logSoftmax(logits)), t1!);
    const x = A.sub(target, t0!);
    const half = A.tensor([1 / 2], []);
    // Horner's scheme: y·(θ₂ + θ₅x + θ₇x²/2 + y·(θ₃/2 + θ₆x/2 + y·θ₄/6)).
    const third = A.mul(y, A.mul(t4!, A.tensor([1 / 6], [])));
    const second = A.add(A.mul(A.add(t3!, A.mul(x, t6!)), half), third);
    const first = A.add(t2!, A.mul(x, A.add(t5!, A.mul(A.mul(x, t7!), half))));
    const sum = A.sum(A.mul(y, A.add(first, A.mul(y, second))), 1);
    return A.mul(sum, A.tensor([-1], []));
  },
  start: (_, index) => [0, 1, 0, 0, 0, 1, -1, 0][index]!,
};
