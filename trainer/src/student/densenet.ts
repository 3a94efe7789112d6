import { LecternError } from "@lectern/shared/errors";
import { input, layers, model as functionalModel } from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { classify, expectImages, imageLayers } from "./image-layers.ts";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentBuilder } from "./options.ts";

/**
 * DenseNet-BC (Huang et al. 2017, section 3) for small images: a 3×3 convolution with 2k filters, three dense blocks of
 * (L − 4)/6 layers (batch norm, ReLU, 1×1 convolution to 4k, batch norm, ReLU, 3×3 convolution to k, concatenated with
 * the input), between them a transition that halves the channels (θ = 0.5) and pools by 2; batch norm, ReLU, global
 * average pooling, logits. DenseNet-BC (L = 100, k = 12) has 769,162 trainable weights at 32 × 32 × 3 and 10 classes.
 *
 * @param depth L: 40, 100, 190…
 * @param growth k
 * @throws LecternError `invalid-argument` for a depth that isn't 6b + 4
 * @example
 * ```ts
 * const student = densenetBc(40, 12)({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
 * ```
 */
export function densenetBc(depth: number, growth: number): StudentBuilder {
  const name = `densenet-bc-${depth}-${growth}`;
  const perBlock = (depth - 4) / 6;
  if (!Number.isInteger(perBlock) || perBlock < 1 || !Number.isInteger(growth) || growth < 1)
    throw new LecternError(
      "invalid-argument",
      `There is no ${name}: its depth must be 6b + 4 and its growth rate at least 1.`,
      "Choose densenet-bc-40-12 or densenet-bc-100-12, say.",
    );
  return (options) => {
    expectStudentOptions(name, options);
    expectImages(name, options);
    const { convolve, normalise, activate } = imageLayers(options);
    const fresh = (from: SymbolicTensor, at: string, filters: number, size: number) =>
      convolve(activate(normalise(from, at), at), at, filters, size);
    const image = input({ shape: [...options.inputShape], name: "image" });
    let x = convolve(image, "stem", 2 * growth, 3);
    for (let block = 1; block <= 3; block++) {
      for (let layer = 1; layer <= perBlock; layer++) {
        const at = `block${block}-layer${layer}`;
        const bottleneck = fresh(x, `${at}-bottleneck`, 4 * growth, 1);
        const added = fresh(bottleneck, `${at}-growth`, growth, 3);
        x = layers.concatenate({ name: `${at}-concat` }).apply([x, added]) as SymbolicTensor;
      }
      if (block === 3) break;
      const at = `transition${block}`;
      const halved = fresh(x, at, Math.floor(x.shape.at(-1)! / 2), 1);
      x = layers
        .averagePooling2d({ poolSize: 2, strides: 2, name: `${at}-pool` })
        .apply(halved) as SymbolicTensor;
    }
    x = activate(normalise(x, "last"), "last");
    const built = functionalModel({ name, inputs: image, outputs: classify(x, options.classes) });
    drawInitialWeights(built, options.seed);
    return built;
  };
}
