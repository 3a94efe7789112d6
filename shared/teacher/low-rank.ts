import type { Algebra } from "./algebra.ts";
import type { Coefficients, LossFamilySpec } from "./family.ts";

export interface LowRankOptions {
  /** r: columns of A and B. */
  readonly rank?: number;
  /** ε of the label smoothing that meta-training starts at; 0 is cross-entropy. */
  readonly smoothing?: number;
  /** log g, the weight of the bounded term that it starts at. */
  readonly logBounded?: number;
}

/**
 * For vocabularies, where a K×K matrix is out of the question: with W = diag(e^d) + ABᵀ/K and q = (log p · W)_y,
 * ℓ = −a·q − g·σ(w·q + b_y), a = e^c₀, g = e^c₁, w = e^c₂. Costs O(K·r) a token, and has 2Kr + 2K + 3 coefficients.
 *
 * Contains cross-entropy, weights of tokens, label smoothing (A's first column 1, B's first column ε/(1 − ε),
 * a = 1 − ε), smoothing that depends on the token, and the bounded loss of `mixed`. It starts at label smoothing; A's
 * further columns start at ±1, and B's at 0, so that they have no effect yet but a gradient. By 1/K all numbers of θ are of
 * the order of 1 for any vocabulary, as optimizers that scale them alike want them.
 *
 * @example
 * ```ts
 * registerFamily("low-rank", lowRank({ rank: 2, smoothing: 0.1 }));
 * ```
 */
export function lowRank({ rank = 2, smoothing = 0.1, logBounded = -3 }: LowRankOptions = {}): LossFamilySpec {
  return {
    blocks: (K) => [
      { name: "A", shape: [K, rank] },
      { name: "B", shape: [K, rank] },
      { name: "b", shape: [K] },
      { name: "d", shape: [K] },
      { name: "c", shape: [3] },
    ],
    finish(A, mixed) {
      const gains = A.exp(mixed.c!);
      const gain = (i: number) => A.reshape(A.slice(gains, i, 1), []);
      const d = A.exp(mixed.d!);
      return { A: mixed.A!, B: mixed.B!, b: mixed.b!, d, a: gain(0), g: gain(1), w: gain(2) };
    },
    losses<T>(A: Algebra<T>, phi: Coefficients<T>, logits: T, target: T): T {
      const [n, K] = A.shapeOf(logits) as [number, number];
      const logP = A.logSoftmax(logits);
      const means = A.mul(A.matMul(logP, phi.A!), A.tensor([1 / K], []));
      const spread = A.sum(A.mul(means, A.matMul(target, phi.B!)), 1);
      /** Of each row the number that a vector has for its token. */
      const own = (vector: T) => A.reshape(A.matMul(target, A.reshape(vector, [K, 1])), [n]);
      const q = A.add(A.mul(A.sum(A.mul(logP, target), 1), own(phi.d!)), spread);
      const offset = own(phi.b!);
      const bounded = A.sigmoid(A.add(A.mul(q, phi.w!), offset));
      return A.mul(A.add(A.mul(q, phi.a!), A.mul(bounded, phi.g!)), A.tensor([-1], []));
    },
    start(block, index) {
      const [row, column] = [Math.floor(index / rank), index % rank];
      if (block === "A") return column === 0 ? 1 : sign(row, column);
      if (block === "B") return column === 0 ? smoothing / (1 - smoothing) : 0;
      if (block === "c") return [Math.log(1 - smoothing), logBounded, 0][index]!;
      return 0;
    },
  };
}

/** A fixed pattern of signs without a rhythm that tokens' numbers could share: fractional parts of multiples of φ and e. */
const sign = (row: number, column: number): 1 | -1 =>
  ((row + 1) * 0.6180339887498949 * column + (row + 1) ** 2 * 0.7182818284590451) % 1 < 0.5 ? 1 : -1;
