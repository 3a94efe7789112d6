import { layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { featureCount } from "../data/index.ts";
import { drawInitialWeights } from "./initial-weights.ts";
import { expectStudentOptions } from "./options.ts";
import type { StudentOptions } from "./options.ts";

/**
 * One hidden layer: flatten, dense (hidden), dense (logits). 784-128-10 has 101,770 weights.
 *
 * @param options.hidden 128; 64 for inputs of at most 256 numbers.
 * @returns a `tf.LayersModel` from [batch, …inputShape] to logits [batch, classes].
 * @throws LecternError `invalid-argument`.
 * @example
 * ```ts
 * const student = buildMlp({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
 * ```
 */
export function buildMlp(options: StudentOptions): LayersModel {
  expectStudentOptions("mlp", options);
  const { inputShape, classes, seed, activation = "relu" } = options;
  const { hidden = featureCount(inputShape) <= 256 ? 64 : 128 } = options;
  const model = sequential({
    name: "mlp",
    layers: [
      // Of a table's row there is nothing to flatten, and the layer takes none.
      inputShape.length === 1
        ? layers.inputLayer({ inputShape: [...inputShape] })
        : layers.flatten({ inputShape: [...inputShape], name: "flatten" }),
      layers.dense({ units: hidden, activation, kernelInitializer: "zeros", name: "hidden" }),
      layers.dense({ units: classes, kernelInitializer: "zeros", name: "logits" }),
    ],
  });
  drawInitialWeights(model, seed);
  return model;
}
