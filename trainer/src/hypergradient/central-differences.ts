import * as tf from "@tensorflow/tfjs-core";
import { studentLoss } from "@lectern/client/lesson";
import type { UpdateAdjoint } from "./adjoint.ts";
import type { ProductMethod, Products } from "./products.ts";
import type { Cotangent, ReverseStep, StepPoint } from "./reverse-step.ts";

/** δ to begin with, and the least that float32 carries. */
const defaultDelta = 1e-3;
const leastDelta = 1e-4 / 4;

/** Relative difference between products at δ and δ/2 that is still rounding or curvature. */
const tolerance = 0.05;

/** Share of checks that may fail at the least δ. */
const tolerated = 0.5;

/**
 * ∇²_ω L·v and ∂_φ∇_ω L·v from two gradients: (∇L(ω + εv) − ∇L(ω − εv))/2ε with ε‖v‖ = δ‖ω‖. First-order kernels are
 * enough, at the cost of 2 gradients. Between ω ± εv a ReLU or a max-pool may switch, and the difference then has the
 * jump in it: so products at δ and δ/2 are compared once an emission, and δ shrinks where they disagree by more than 5 %.
 * Where half of the checks fail at the least δ, where rounding takes over, the products are called kinked.
 */
export const centralDifferences = (delta = defaultDelta): ProductMethod => ({
  exact: false,
  open: () => openDifferences(delta),
});

function openDifferences(delta: number): Products {
  let current = delta;
  let [checks, failures] = [0, 0];
  return {
    step: (point, after, adjoint) => differenceStep(point, after, adjoint, current),
    async check(point, after, adjoint) {
      const least = Math.min(leastDelta, delta);
      let difference = await disagreement(point, after, adjoint, current);
      while (difference > tolerance && current > least) {
        current = Math.max(current / 4, least);
        difference = await disagreement(point, after, adjoint, current);
      }
      checks++;
      if (!(difference <= tolerance)) failures++;
    },
    get kinked() {
      return checks >= 4 && failures > tolerated * checks;
    },
  };
}

/** ‖P(δ) − P(δ/2)‖/‖P(δ/2)‖, P what the products add to dω. */
async function disagreement(
  point: StepPoint,
  after: Cotangent,
  adjoint: UpdateAdjoint,
  delta: number,
): Promise<number> {
  const ratio = tf.tidy(() => {
    const square = (tensors: readonly tf.Tensor[]) =>
      tensors.map((t) => tf.sum(tf.square(t))).reduce((a, b) => tf.add(a, b));
    const [wide, narrow] = [delta, delta / 2].map((d) => differences(point, after, adjoint, d).weights);
    const apart = square(wide!.map((w, i) => tf.sub(w, narrow![i]!)));
    return tf.sqrt(tf.divNoNan(apart, square(narrow!)));
  });
  const value = (await ratio.data())[0]!;
  ratio.dispose();
  return value;
}

function differenceStep(
  point: StepPoint,
  after: Cotangent,
  adjoint: UpdateAdjoint,
  delta: number,
): ReverseStep {
  const { student, phi } = point;
  const names = Object.keys(phi);
  const step = tf.tidy((): ReverseStep => {
    const { weights, pulled, phi: dPhi } = differences(point, after, adjoint, delta);
    return {
      cotangent: {
        weights: pulled.weights.map((direct, i) => tf.add(direct, weights[i]!)),
        slots: pulled.slots.map((slot) => slot.map((t) => tf.clone(t))),
      },
      dPhi: Object.fromEntries(names.map((name, i) => [name, dPhi[i]!])),
    };
  });
  for (const [i, variable] of student.variables.entries()) variable.assign(point.weights[i]!);
  return step;
}

/** Call it inside tf.tidy; it leaves the student elsewhere than at ω_t. */
function differences(point: StepPoint, after: Cotangent, adjoint: UpdateAdjoint, delta: number) {
  const { student, guide, phi, batch, weights, slots, rate, step } = point;
  const variables = student.variables as tf.Variable[];
  const all = [...variables, ...Object.values(phi)];
  /** ∇_ω L and ∂_φ L at ω + by·direction. */
  const gradientsAt = (direction: readonly tf.Tensor[] | undefined, by?: tf.Tensor): tf.Tensor[] => {
    for (const [i, variable] of variables.entries())
      variable.assign(direction ? tf.add(weights[i]!, tf.mul(direction[i]!, by!)) : weights[i]!);
    const { grads } = tf.variableGrads(() => studentLoss(student, guide, phi, batch), all);
    return all.map((v) => grads[v.name] ?? tf.zerosLike(v));
  };
  const norm = (tensors: readonly tf.Tensor[]): tf.Tensor =>
    tf.sqrt(tensors.map((t) => tf.sum(tf.square(t))).reduce((a, b) => tf.add(a, b)));
  const gradients = adjoint.readsGradients ? gradientsAt(undefined).slice(0, variables.length) : [];
  const pulled = adjoint.pull(after.weights, after.slots, { weights, gradients, slots, rate, step });
  const direction = pulled.gradients;
  const epsilon = tf.divNoNan(tf.mul(norm(weights), delta), norm(direction));
  const plus = gradientsAt(direction, epsilon);
  const minus = gradientsAt(direction, tf.neg(epsilon));
  // A direction of length 0 has products 0.
  const slopes = plus.map((p, i) => tf.divNoNan(tf.sub(p, minus[i]!), tf.mul(epsilon, 2)));
  return { pulled, weights: slopes.slice(0, variables.length), phi: slopes.slice(variables.length) };
}
