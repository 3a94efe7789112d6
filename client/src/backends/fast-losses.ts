import { getKernel, type NamedTensorMap } from "@tensorflow/tfjs-core";
import { demand } from "@lectern/shared/errors";
import { families, type Coefficients, type LossFamilySpec } from "@lectern/shared/teacher";
import { tensorFlowAlgebra, tf } from "@lectern/shared/tensorflow";
import { registerFastSums } from "./fast-sums.ts";
import { mostClasses, registerRowLossKernel, rowLossKernel } from "./row-program.ts";
import { lossOfRows, type HostCoefficients } from "./rows.ts";
import { isWithinReach } from "./within-reach.ts";

const replaced = new WeakSet<LossFamilySpec>();

/**
 * Computes the losses of the families bilinear, mixed and gain, and their gradient, in one pass over a batch's logits: on
 * wasm where they are few, on webgpu in one program. TensorFlow.js takes some fifty operations for it, which cost more
 * than the rest of a small student's step. So are training statistics taken on wasm. On other backends, for large batches
 * or many classes, and in other algebras nothing changes.
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
  if (!getKernel(rowLossKernel, "webgpu")) registerRowLossKernel();
  for (const family of Object.values(families)) {
    if (replaced.has(family)) continue;
    replaced.add(family);
    const composed = family.losses;
    const losses = (A: unknown, phi: unknown, logits: unknown, target: unknown): unknown => {
      const fast = A === tensorFlowAlgebra ? fastWay(logits as tf.Tensor) : undefined;
      const plain = composed as (...given: unknown[]) => unknown;
      return fast
        ? fast(phi as Coefficients<tf.Tensor>, logits as tf.Tensor, target as tf.Tensor)
        : plain(A, phi, logits, target);
    };
    Object.assign(family, { losses });
  }
}

type Way = (phi: Coefficients<tf.Tensor>, logits: tf.Tensor, target: tf.Tensor) => tf.Tensor;

function fastWay(logits: tf.Tensor): Way | undefined {
  if (isWithinReach(logits)) return onHost;
  return tf.getBackend() === "webgpu" && logits.shape[1]! <= mostClasses ? onGpu : undefined;
}

const onHost: Way = (phi, logits, target) => {
  const classes = logits.shape[1]!;
  const host = readCoefficients(phi);
  const labels = target.dataSync() as Float32Array;
  return tf.customGrad((z) => {
    const input = z as tf.Tensor;
    const { losses, gradients } = lossOfRows(input.dataSync() as Float32Array, labels, classes, host);
    return {
      value: tf.tensor1d(losses),
      gradFunc: (dy: tf.Tensor) =>
        asConstant(input, () => {
          const scale = dy.dataSync();
          const scaled = gradients.map((value, i) => value * scale[Math.floor(i / classes)]!);
          return tf.tensor(scaled, input.shape);
        }),
    };
  })(logits);
};

const onGpu: Way = (phi, logits, target) =>
  tf.customGrad((z, save) => {
    const input = z as tf.Tensor;
    const [rows, classes] = input.shape as [number, number];
    const inputs = { logits: input, labels: target, ...phi } as NamedTensorMap;
    const table: tf.Tensor = tf.engine().runKernel(rowLossKernel, inputs);
    (save as (tensors: tf.Tensor[]) => void)([table]);
    return {
      value: tf.reshape(tf.slice(table, [0, classes], [rows, 1]), [rows]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        asConstant(input, () =>
          tf.mul(tf.slice(saved[0]!, [0, 0], [rows, classes]), tf.reshape(dy, [rows, 1])),
        ),
    };
  })(logits);

/** A gradient that says so if somebody wants its derivative. */
function asConstant(by: tf.Tensor, compute: () => tf.Tensor): tf.Tensor {
  const constant = tf.customGrad(() => ({
    value: compute(),
    gradFunc: (): tf.Tensor => {
      demand(
        false,
        "unsupported",
        "A fast loss has no second derivative",
        "Meta-train in a process that doesn't call registerFastLosses or selectBackend.",
      );
    },
  }));
  return constant(by);
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
