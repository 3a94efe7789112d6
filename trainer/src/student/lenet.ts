import { LecternError } from "@lectern/shared/errors";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentOptions } from "./options.ts";

/** Below this side, nothing is left after the second pooling. */
const smallestSide = 12;

/**
 * LeNet as in the L2T-DLF authors' demo: convolution 20@5×5, max-pool 2, convolution 50@5×5, max-pool 2, dense (500),
 * logits. 431,080 weights at 28 × 28 × 1. Images under 16 pixels a side get a second convolution of 3 × 3.
 *
 * @returns a `tf.LayersModel` from [batch, height, width, channels] to logits [batch, classes].
 * @throws LecternError `invalid-argument`, also for inputs that aren't images of at least 12 × 12.
 * @example
 * ```ts
 * const student = buildLenet({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
 * ```
 */
export function buildLenet(options: StudentOptions): LayersModel {
  expectStudentOptions("lenet", options);
  const { inputShape, classes, seed, hidden = 500, activation = "relu" } = options;
  const side = Math.min(inputShape[0]!, inputShape[1] ?? 0);
  if (inputShape.length !== 3 || side < smallestSide)
    throw new LecternError(
      "invalid-argument",
      `Student lenet got inputs of shape [${inputShape.join(", ")}], expected images [height, width, channels] of at least ${smallestSide} × ${smallestSide}.`,
      "Use the student mlp, or larger images.",
    );
  const zeros = { kernelInitializer: "zeros", activation } as const;
  const model = sequential({
    name: "lenet",
    layers: [
      layers.conv2d({ inputShape: [...inputShape], filters: 20, kernelSize: 5, ...zeros, name: "conv1" }),
      layers.maxPooling2d({ poolSize: 2, strides: 2, name: "pool1" }),
      layers.conv2d({ filters: 50, kernelSize: side < 16 ? 3 : 5, ...zeros, name: "conv2" }),
      layers.maxPooling2d({ poolSize: 2, strides: 2, name: "pool2" }),
      layers.flatten({ name: "flatten" }),
      layers.dense({ units: hidden, ...zeros, name: "hidden" }),
      layers.dense({ units: classes, kernelInitializer: "zeros", name: "logits" }),
    ],
  });
  drawInitialWeights(model, seed);
  return model;
}
