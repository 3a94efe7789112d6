import { input, layers, model as functionalModel } from "@tensorflow/tfjs-layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { classify, expectImages, imageLayers } from "./image-layers.ts";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentBuilder, StudentOptions } from "./options.ts";

/** Channels of the three stages, and the stride that each begins with. */
const stages = [
  { channels: 16, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 64, stride: 2 },
] as const;

/**
 * ResNet-(6n + 2) for small images (He et al. 2016, section 4.2): a 3×3 convolution, then n blocks of two 3×3 convolutions
 * a stage (16, 32, 64 channels), batch norm after each, a 1×1 convolution with batch norm as the shortcut where the shape
 * changes (the paper's option B), global average pooling, logits.
 *
 * @param blocks n, of each stage: 1, 3, 5 for ResNet-8, 20, 32
 * @returns what builds a `tf.LayersModel` from [batch, height, width, channels] to logits [batch, classes]; it throws
 *   LecternError `invalid-argument`, also for inputs that aren't images of at least 4 × 4. Its option `hidden` is unused.
 * @example
 * ```ts
 * const student = resnet(3)({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
 * ```
 */
export const resnet =
  (blocks: number): StudentBuilder =>
  (options) =>
    build(`resnet${6 * blocks + 2}`, blocks, options);

function build(name: string, blocks: number, options: StudentOptions): LayersModel {
  expectStudentOptions(name, options);
  expectImages(name, options);
  const { inputShape, classes, seed } = options;
  const { convolve, normalise, activate } = imageLayers(options);
  const image = input({ shape: [...inputShape], name: "image" });
  let x = activate(normalise(convolve(image, "stem", stages[0].channels, 3), "stem"), "stem");
  let channelsIn: number = stages[0].channels;
  for (const [i, { channels, stride: firstStride }] of stages.entries())
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? firstStride : 1;
      const at = block === 0 ? `stage${i + 1}` : `stage${i + 1}-block${block + 1}`;
      const norm = (from: SymbolicTensor, part: string, size: number, by: number) =>
        normalise(convolve(from, `${at}-${part}`, channels, size, by), `${at}-${part}`);
      const first = activate(norm(x, "first", 3, stride), `${at}-first`);
      const second = norm(first, "second", 3, 1);
      const shortcut = channels === channelsIn ? x : norm(x, "shortcut", 1, stride);
      x = activate(layers.add({ name: `${at}-sum` }).apply([shortcut, second]) as SymbolicTensor, at);
      channelsIn = channels;
    }
  const built = functionalModel({ name, inputs: image, outputs: classify(x, classes) });
  drawInitialWeights(built, seed);
  return built;
}

/** ResNet-8: 78,042 trainable weights at 32 × 32 × 3 and 10 classes. */
export const buildResnet8 = resnet(1);
/** ResNet-20: 272,474 trainable weights at 32 × 32 × 3 and 10 classes. */
export const buildResnet20 = resnet(3);
/** ResNet-32: 466,906 trainable weights at 32 × 32 × 3 and 10 classes. */
export const buildResnet32 = resnet(5);
