import { LecternError } from "@lectern/shared/errors";
import { input, layers, model as functionalModel } from "@tensorflow/tfjs-layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentOptions } from "./options.ts";

/** Channels of the three stages, and the stride that each begins with. */
const stages = [
  { channels: 16, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 64, stride: 2 },
] as const;

/** Two strides of 2 leave at least one pixel. */
const smallestSide = 4;

/**
 * ResNet-8 for small images (He et al. 2016, section 4.2, n = 1): a 3×3 convolution, then a block of two 3×3 convolutions
 * a stage (16, 32, 64 channels), batch norm after each, a 1×1 convolution with batch norm as the shortcut where the
 * shape changes, global average pooling, logits. 78,042 trainable weights at 32 × 32 × 3 and 10 classes.
 *
 * @param options.hidden unused: it has no hidden dense layer
 * @returns a `tf.LayersModel` from [batch, height, width, channels] to logits [batch, classes].
 * @throws LecternError `invalid-argument`, also for inputs that aren't images of at least 4 × 4.
 * @example
 * ```ts
 * const student = buildResnet8({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
 * ```
 */
export function buildResnet8(options: StudentOptions): LayersModel {
  expectStudentOptions("resnet8", options);
  const { inputShape, classes, seed, activation = "relu" } = options;
  const side = Math.min(inputShape[0]!, inputShape[1] ?? 0);
  if (inputShape.length !== 3 || side < smallestSide)
    throw new LecternError(
      "invalid-argument",
      `Student resnet8 got inputs of shape [${inputShape.join(", ")}], expected images [height, width, channels] of at least ${smallestSide} × ${smallestSide}.`,
      "Use the student mlp, or larger images.",
    );
  const normalised = (
    x: SymbolicTensor,
    name: string,
    filters: number,
    kernelSize: number,
    strides: number,
  ) => {
    const convolution = layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: "same",
      useBias: false,
      kernelInitializer: "zeros",
      name: `${name}-conv`,
    });
    const norm = layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9, name: `${name}-norm` });
    return norm.apply(convolution.apply(x)) as SymbolicTensor;
  };
  const active = (x: SymbolicTensor, name: string) =>
    layers.activation({ activation, name: `${name}-${activation}` }).apply(x) as SymbolicTensor;
  const image = input({ shape: [...inputShape], name: "image" });
  let x = active(normalised(image, "stem", stages[0].channels, 3, 1), "stem");
  let channelsIn: number = stages[0].channels;
  for (const [i, { channels, stride }] of stages.entries()) {
    const name = `stage${i + 1}`;
    const first = active(normalised(x, `${name}-first`, channels, 3, stride), `${name}-first`);
    const second = normalised(first, `${name}-second`, channels, 3, 1);
    const shortcut = channels === channelsIn ? x : normalised(x, `${name}-shortcut`, channels, 1, stride);
    x = active(layers.add({ name: `${name}-sum` }).apply([shortcut, second]) as SymbolicTensor, name);
    channelsIn = channels;
  }
  const pooled = layers.globalAveragePooling2d({ name: "pool" }).apply(x);
  const logits = layers.dense({ units: classes, kernelInitializer: "zeros", name: "logits" }).apply(pooled);
  const built = functionalModel({ name: "resnet8", inputs: image, outputs: logits as SymbolicTensor });
  drawInitialWeights(built, seed);
  return built;
}
