import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential, type LayersModel } from "@tensorflow/tfjs-layers";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { LecternError } from "@lectern/shared/errors";
import { smallestSide, studentKinds, type StudentName } from "./student-kinds.ts";

export interface StudentShape {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Of the initial weights. */
  readonly seed: number;
  /** One of {@link studentKinds}, or the units of an MLP's hidden layers. */
  readonly student?: StudentName | readonly number[];
}

/**
 * A student with logits at its end. Kernels are Glorot uniform from the seed, drawn on the host: the same bits on every
 * backend. `lenet` is the trainer's: 20@5×5, max-pool, 50@5×5 (3×3 under 16 pixels), max-pool, dense 500.
 *
 * @returns from [batch, …inputShape] to [batch, classes]
 * @throws LecternError `invalid-argument`: a LeNet for anything but images of 12 × 12 or more
 * @example
 * ```ts
 * const model = buildStudent({ inputShape: [12, 12, 1], classes: 10, seed: 1, student: "lenet" });
 * ```
 */
export function buildStudent({ inputShape, classes, seed, student = "mlp-64" }: StudentShape): LayersModel {
  const hidden = typeof student === "string" ? studentKinds[student].hidden : student;
  const zeros = { kernelInitializer: "zeros" } as const;
  const model = sequential({
    layers: [
      ...(hidden ? perceptron(inputShape, hidden) : convolutions(inputShape)),
      layers.dense({ units: classes, ...zeros }),
    ],
  });
  const values = model.getWeights().map(({ shape }, place) => drawWeight(shape, seed, place));
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

function perceptron(inputShape: readonly number[], hidden: readonly number[]) {
  const layer = { kernelInitializer: "zeros", activation: "relu" } as const;
  // A table's rows are flat, which Flatten refuses.
  const input = { inputShape: [...inputShape] };
  const flat = inputShape.length === 1;
  return [
    ...(flat ? [] : [layers.flatten(input)]),
    ...hidden.map((units, i) => layers.dense({ units, ...layer, ...(flat && i === 0 && input) })),
  ];
}

function convolutions(inputShape: readonly number[]) {
  const side = Math.min(inputShape[0]!, inputShape[1] ?? 0);
  if (inputShape.length !== 3 || side < smallestSide)
    throw new LecternError(
      "invalid-argument",
      `LeNet got examples of shape [${inputShape.join(", ")}], expected images of at least ${smallestSide} × ${smallestSide} pixels.`,
      "Choose an MLP, or larger images.",
    );
  const layer = { kernelInitializer: "zeros", activation: "relu" } as const;
  return [
    layers.conv2d({ inputShape: [...inputShape], filters: 20, kernelSize: 5, ...layer }),
    layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    layers.conv2d({ filters: 50, kernelSize: side < 16 ? 3 : 5, ...layer }),
    layers.maxPooling2d({ poolSize: 2, strides: 2 }),
    layers.flatten(),
    layers.dense({ units: 500, ...layer }),
  ];
}

/**
 * U(−√(6/(fanIn + fanOut)), +√(…)) (Glorot & Bengio 2010, equation 16) for a kernel [in, out] or [height, width, in,
 * out]; zeros for a bias. Each has a random sequence of its own, from its place in the model.
 */
function drawWeight(shape: readonly number[], seed: number, place: number): tf.Tensor {
  if (shape.length === 1) return tf.zeros([...shape]);
  const random = xoroshiro128plus((Math.imul(seed, 0x85ebca6b) ^ Math.imul(place, 0x9e3779b1)) | 0);
  for (let i = 0; i < 8; i++) random.next();
  const size = shape.reduce((a, b) => a * b, 1);
  const [fanIn, out] = [shape.at(-2)!, shape.at(-1)!];
  const receptive = size / (fanIn * out);
  const limit = Math.sqrt(6 / (receptive * (fanIn + out)));
  const draw = () => limit * (2 * uniformFloat32(random) - 1);
  return tf.tensor(Float32Array.from({ length: size }, draw), [...shape]);
}
