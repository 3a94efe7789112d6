import { demand } from "@lectern/shared/errors";
import { families, type Coefficients, type LossFamilySpec } from "@lectern/shared/teacher";
import { tensorFlowAlgebra, tf } from "@lectern/shared/tensorflow";
import { registerFastSums } from "./fast-sums.ts";
import { lossOfRows, type HostCoefficients } from "./rows.ts";
import { isWithinReach } from "./within-reach.ts";

const replaced = new WeakSet<LossFamilySpec>();

/**
 * Computes the losses of the families bilinear, mixed and gain, and their gradient, in one pass over a batch's logits
 * where they lie within reach: on the wasm backend. TensorFlow.js takes some forty operations for it, which cost more
 * than the rest of a small student's step. So are its training statistics taken. On other backends, for large batches and in other algebras nothing changes.
 *
 * First order only: a second derivative through such a loss throws, so that meta-training, which needs it, isn't silently
 * wrong. Global to the module, as kernels are; again does nothing. `selectBackend` calls it.
 *
 * @example
 * ```ts
 * registerFastLosses();
 * await teacher.teach(model, { train: { x, y } });
 * ```
 */
export function registerFastLosses(): void {
  registerFastSums();
  for (const family of Object.values(families)) {
    if (replaced.has(family)) continue;
    replaced.add(family);
    const composed = family.losses;
    Object.assign(family, {
      losses: ((A, phi, logits, target) =>
        (A as unknown) === tensorFlowAlgebra && isWithinReach(logits as tf.Tensor)
          ? fastLosses(phi as Coefficients<tf.Tensor>, logits as tf.Tensor, target as tf.Tensor)
          : composed(A, phi, logits, target)) as LossFamilySpec["losses"],
    });
  }
}

function fastLosses(phi: Coefficients<tf.Tensor>, logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  const classes = logits.shape[1]!;
  const host = readCoefficients(phi);
  const labels = target.dataSync() as Float32Array;
  const losses = tf.customGrad((z) => {
    const rows = lossOfRows((z as tf.Tensor).dataSync() as Float32Array, labels, classes, host);
    return {
      value: tf.tensor1d(rows.losses),
      gradFunc: (dy: tf.Tensor) => scaleRows(z as tf.Tensor, rows.gradients, dy.dataSync() as Float32Array),
    };
  });
  return losses(logits);
}

/** dy_i · gradient_i: a constant, which says so if somebody wants its derivative. */
function scaleRows(logits: tf.Tensor, gradients: Float32Array, dy: Float32Array): tf.Tensor {
  const classes = logits.shape[1]!;
  const scaled = Float32Array.from(gradients, (value, i) => value * dy[Math.floor(i / classes)]!);
  const constant = tf.customGrad((z) => ({
    value: tf.tensor(scaled, (z as tf.Tensor).shape),
    gradFunc: (): tf.Tensor => {
      demand(
        false,
        "unsupported",
        "A fast loss has no second derivative",
        "Meta-train in a process that doesn't call registerFastLosses or selectBackend.",
      );
    },
  }));
  return constant(logits);
}

/** φ changes with a measurement only: it is read back once. */
const known = new WeakMap<tf.Tensor, Float32Array>();

function readCoefficients(phi: Coefficients<tf.Tensor>): HostCoefficients {
  const read = (name: string): Float32Array | undefined => {
    const tensor = phi[name];
    if (!tensor) return undefined;
    const values = known.get(tensor) ?? (tensor.dataSync() as Float32Array);
    known.set(tensor, values);
    return values;
  };
  const [W, a, g] = [read("W"), read("a"), read("g")];
  // bilinear has no gains, gain no bounded part.
  return { gain: a?.[0] ?? 0, U: read("U"), bounded: W ? (g?.[0] ?? 1) : 0, W, b: read("b") };
}
