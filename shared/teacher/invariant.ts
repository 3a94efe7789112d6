import type { Algebra } from "./algebra.ts";
import type { Coefficients, LossFamilySpec } from "./family.ts";

/** Hidden units of the network. */
const hidden = 8;
/** τ of the smooth maximum over the other classes, and of the smooth rank. */
const sharpness = 4;
/** Keeps log(1 − y) finite where the label is certain: such a class then weighs e^−69 among the others. */
const tiny = 1e-30;

/** What the network sees of an example beside a constant 1: see {@link looks}. */
const lookCount = 5;

/**
 * A loss that knows no classes, so that one teacher serves any number of them: a function of what an example looks like
 * from its label.
 *
 * ℓ = −a·((1 − ε) log p_y + ε·mean log p) − g·σ(d·log p_y + β) + o·σ(Wᵀ(looks, 1)), with a = e^c₀, g = e^c₁ and
 * (ε, d, β) = c₂ … c₄. `w` is W, [6, 8]; `co` is o, [8]. It contains cross-entropy, label smoothing and the bounded loss;
 * the small network, which starts at 0, adds what depends on the looks: log p_y, the margin to the largest other class,
 * the entropy, the label's rank, and the mean log-probability (`method.md`, family 3).
 */
export const invariant: LossFamilySpec = {
  blocks: () => [
    { name: "c", shape: [5] },
    { name: "w", shape: [lookCount + 1, hidden] },
    { name: "co", shape: [hidden] },
  ],
  finish(A, { c, w, co }) {
    const gains = A.exp(A.slice(c!, 0, 2));
    const number = (of: typeof gains, i: number) => A.reshape(A.slice(of, i, 1), []);
    return {
      a: number(gains, 0),
      g: number(gains, 1),
      epsilon: number(c!, 2),
      d: number(c!, 3),
      beta: number(c!, 4),
      w: w!,
      o: co!,
    };
  },
  losses(A, phi, logits, target) {
    const n = A.shapeOf(logits)[0]!;
    const { own, average, seen } = looks(A, logits, target);
    const linear = A.add(own, A.mul(A.sub(average, own), phi.epsilon!));
    const bounded = A.sigmoid(A.add(A.mul(own, phi.d!), phi.beta!));
    const fixed = A.add(A.mul(linear, phi.a!), A.mul(bounded, phi.g!));
    const learned = A.matMul(readNetwork(A, phi, seen, n), A.reshape(phi.o!, [hidden, 1]));
    return A.sub(A.reshape(learned, [n]), fixed);
  },
  start(block, index, _, point) {
    if (block === "c")
      return [point?.logLinear ?? 0, point?.logBounded ?? -3, point?.smoothing ?? 0, point?.diagonal ?? 1, 0][
        index
      ]!;
    // Spread directions that no two units share; what they lead to starts at 0.
    return block === "w" ? Math.cos(1 + 2.399963 * index + index ** 2 / 7) : 0;
  },
};

/** σ(Wᵀ(looks, 1)): [n, hidden]. */
function readNetwork<T>(A: Algebra<T>, { w }: Coefficients<T>, seen: readonly T[], n: number): T {
  let sum = A.slice(w!, lookCount, 1);
  for (const [i, look] of seen.entries())
    sum = A.add(sum, A.matMul(A.reshape(look, [n, 1]), A.slice(w!, i, 1)));
  return A.sigmoid(sum);
}

/**
 * An example from its label, each [n] and of the order of 1 for any number of classes K:
 * - log p_y / log K: −1 at chance
 * - σ(log p_y − log p_other): above ½ where the label wins; log p_other is the smooth maximum
 *   (1/τ) log Σ_j ((1 − y_j) p_j)^τ over the other classes
 * - entropy / log K: 1 at chance
 * - r/(1 + r), where r = Σ_j (1 − y_j) σ(τ(log p_j − log p_y)) counts the classes before the label: 0 if it leads, ½ if
 *   one does
 * - mean log p / log K: how far the others have been pushed down
 */
export function looks<T>(
  A: Algebra<T>,
  logits: T,
  target: T,
): { readonly own: T; readonly average: T; readonly seen: readonly T[] } {
  const [n, K] = A.shapeOf(logits) as [number, number];
  const scalar = (value: number): T => A.tensor([value], []);
  const logP = A.logSoftmax(logits);
  const own = A.sum(A.mul(logP, target), 1);
  const average = A.mul(A.sum(logP, 1), scalar(1 / K));
  const others = A.sub(scalar(1), target);
  const perLogK = scalar(1 / Math.log(K));
  const raised = A.mul(A.add(logP, A.log(A.add(others, scalar(tiny)))), scalar(sharpness));
  // log Σ e^u is u_k − logSoftmax(u)_k for any k; their mean needs no maximum.
  const sum = A.sum(A.sub(raised, A.logSoftmax(raised)), 1);
  const other = A.mul(sum, scalar(1 / (K * sharpness)));
  const entropy = A.mul(A.sum(A.mul(A.exp(logP), logP), 1), scalar(-1));
  const ahead = A.sigmoid(A.mul(A.sub(logP, A.reshape(own, [n, 1])), scalar(sharpness)));
  const rank = A.sum(A.mul(ahead, others), 1);
  return {
    own,
    average,
    seen: [
      A.mul(own, perLogK),
      A.sigmoid(A.sub(own, other)),
      A.mul(entropy, perLogK),
      A.div(rank, A.add(rank, scalar(1))),
      A.mul(average, perLogK),
    ],
  };
}
