import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { openExamples, openStudent } from "@lectern/client/lesson";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { installOverlay, seedNoise } from "../overlay/index.ts";
import { devCrossEntropy, differentiateMetric, measureMetric } from "./metric.ts";

beforeAll(async () => {
  await useBackend("cpu");
  installOverlay();
});

const { layers } = tfl;
type Layer = tfl.LayersModel["layers"][number];

/** The same student with noise or without, batch norm in both; sequences of 3 pairs. */
function student(noisy: boolean, seeded: boolean) {
  const model = tfl.sequential({
    layers: [
      layers.inputLayer({ inputShape: [3, 2] }),
      ...(noisy ? [layers.gaussianNoise({ stddev: 0.5 })] : []),
      layers.gru({ units: 4, ...(noisy && { dropout: 0.4, recurrentDropout: 0.3 }) }) as Layer,
      layers.batchNormalization(),
      ...(noisy ? [layers.dropout({ rate: 0.5 }), layers.alphaDropout({ rate: 0.3 })] : []),
      layers.dense({ units: 3 }),
    ],
  });
  for (const [i, weight] of model.trainableWeights.entries())
    (weight.read() as tf.Variable).assign(
      tf.randomUniform(weight.shape as number[], -1, 1, "float32", i + 1),
    );
  if (seeded) seedNoise(model, 5);
  return openStudent(model, 3, "logits");
}

test.each([true, false])(
  "M is measured without noise, and the noise comes back (seeded: %s)",
  async (seeded) => {
    const data = { x: tf.randomUniform([8, 3, 2], -1, 1, "float32", 9), y: [0, 1, 2, 0, 1, 2, 0, 1] };
    const examples = await openExamples(data, { classes: 3, classNames: [], what: "dev" });
    const [noisy, quiet] = [student(true, seeded), student(false, seeded)];
    const [ours, expected] = [
      await differentiateMetric(devCrossEntropy, noisy, examples),
      await differentiateMetric(devCrossEntropy, quiet, examples),
    ];
    expect(ours.value).toBe(expected.value);
    expect(ours.error).toBe(expected.error);
    for (const [i, gradient] of ours.gradients.entries())
      expect(gradient.dataSync()).toEqual(expected.gradients[i]!.dataSync());
    expect(await measureMetric(devCrossEntropy, noisy, examples)).toBe(
      await measureMetric(devCrossEntropy, quiet, examples),
    );
    const logits = (of: typeof noisy) => tf.tidy(() => of.forward(data.x, true).dataSync());
    expect(logits(noisy)).not.toEqual(logits(quiet));
  },
);
