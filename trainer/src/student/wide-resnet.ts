import { LecternError } from "@lectern/shared/errors";
import { input, layers, model as functionalModel } from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { classify, expectImages, imageLayers } from "./image-layers.ts";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentBuilder } from "./options.ts";

/**
 * WRN-n-k (Zagoruyko & Komodakis 2016, "Wide Residual Networks", table 1) without dropout: a 3×3 convolution with 16
 * filters, then (n − 4)/6 blocks a stage of 16k, 32k, 64k channels, each batch norm, ReLU, 3×3 convolution twice; a 1×1
 * convolution of the activated input as the shortcut where the channels change; batch norm, ReLU, global average pooling,
 * logits. WRN-28-10 has 36,479,194 trainable weights at 32 × 32 × 3 and 10 classes.
 *
 * @param depth n: 10, 16, 22, 28, 40…
 * @param widening k
 * @throws LecternError `invalid-argument` for a depth that isn't 6b + 4
 * @example
 * ```ts
 * const student = wideResnet(16, 4)({ inputShape: [32, 32, 3], classes: 10, seed: 1 });
 * ```
 */
export function wideResnet(depth: number, widening: number): StudentBuilder {
  const name = `wrn-${depth}-${widening}`;
  const blocks = (depth - 4) / 6;
  if (!Number.isInteger(blocks) || blocks < 1 || !Number.isInteger(widening) || widening < 1)
    throw new LecternError(
      "invalid-argument",
      `There is no ${name}: its depth must be 6b + 4 and its widening factor at least 1.`,
      "Choose wrn-16-4 or wrn-28-10, say.",
    );
  return (options) => {
    expectStudentOptions(name, options);
    expectImages(name, options);
    const { convolve, normalise, activate } = imageLayers(options);
    const image = input({ shape: [...options.inputShape], name: "image" });
    let x = convolve(image, "stem", 16, 3);
    let channelsIn = 16;
    for (const [stage, width] of [16, 32, 64].entries())
      for (let block = 0; block < blocks; block++) {
        const channels = width * widening;
        const stride = block === 0 && stage > 0 ? 2 : 1;
        const at = `stage${stage + 1}-block${block + 1}`;
        const before = activate(normalise(x, `${at}-before`), `${at}-before`);
        const first = normalise(convolve(before, `${at}-first`, channels, 3, stride), `${at}-between`);
        const second = convolve(activate(first, `${at}-between`), `${at}-second`, channels, 3);
        const shortcut =
          channels === channelsIn ? x : convolve(before, `${at}-shortcut`, channels, 1, stride);
        x = layers.add({ name: `${at}-sum` }).apply([shortcut, second]) as SymbolicTensor;
        channelsIn = channels;
      }
    x = activate(normalise(x, "last"), "last");
    const built = functionalModel({ name, inputs: image, outputs: classify(x, options.classes) });
    drawInitialWeights(built, options.seed);
    return built;
  };
}
