// A loss family of your own: npx lectern train --task glyphs --family ./docs/examples/my-family.ts --run runs/tempered
// Cross-entropy at a learned temperature, plus a learned pull towards mean absolute error, which forgives wrong labels:
// ℓ = −a·log softmax(z/τ)_y + g·(1 − p_y)
import type { LossFamilySpec } from "@lectern/shared/teacher";

const tempered: LossFamilySpec = {
  // What each key of the teacher holds, for K classes: here logarithms, so that a, g and 1/τ stay positive.
  blocks: () => [
    { name: "gains", shape: [2] },
    { name: "sharpness", shape: [1] },
  ],
  // From the mixed keys to φ. [] is a scalar's shape.
  finish(A, { gains, sharpness }) {
    const positive = A.exp(gains!);
    return {
      a: A.reshape(A.slice(positive, 0, 1), []),
      g: A.reshape(A.slice(positive, 1, 1), []),
      inverseTemperature: A.reshape(A.exp(sharpness!), []),
    };
  },
  // A loss for each example [n], from logits [n, K] and targets [n, K], in A's operations alone.
  losses(A, phi, logits, target) {
    const likelihood = A.sum(A.mul(A.logSoftmax(A.mul(logits, phi.inverseTemperature!)), target), 1);
    const right = A.sum(A.mul(A.exp(A.logSoftmax(logits)), target), 1);
    const miss = A.sub(A.tensor([1], []), right);
    return A.sub(A.mul(miss, phi.g!), A.mul(likelihood, phi.a!));
  },
  // Where meta-training starts: a = e^−1, g = e^0.5, τ = 1. Without start, every block starts at 0.
  start: (block, index) => (block === "gains" ? [-1, 0.5][index]! : 0),
};

export default tempered;
