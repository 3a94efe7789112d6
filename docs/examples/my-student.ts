// A student of your own: npx lectern train --task glyphs --student ./docs/examples/my-student.ts
import { layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { drawInitialWeights } from "@lectern/trainer/student";
import type { StudentOptions } from "@lectern/trainer/student";

export default function twoHiddenLayers({
  inputShape,
  classes,
  seed,
  hidden = 32,
}: StudentOptions): LayersModel {
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [...inputShape] }),
      layers.dense({ units: hidden, activation: "tanh" }),
      layers.dense({ units: hidden, activation: "tanh" }),
      // Logits: the loss applies the softmax.
      layers.dense({ units: classes }),
    ],
  });
  // The same seed must give the same weights, or a run can't be repeated.
  drawInitialWeights(model, seed);
  return model;
}
