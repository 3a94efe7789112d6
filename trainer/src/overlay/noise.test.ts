import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential, type LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { installOverlay } from "./install.ts";
import { batchesWithNoise, drawNoise, seedNoise } from "./noise.ts";

type Layer = LayersModel["layers"][number];

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  installOverlay();
});

const of = (...stack: Layer[]): LayersModel => sequential({ layers: stack });

function output(model: LayersModel, shape: number[], training = true): number[] {
  return tf.tidy(() => [...(model.apply(tf.ones(shape), { training }) as tf.Tensor).dataSync()]);
}

const mean = (x: number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const deviation = (x: number[]): number => {
  const center = mean(x);
  return Math.sqrt(mean(x.map((value) => (value - center) ** 2)));
};

describe("seeded noise", () => {
  it.each([
    ["dropout", () => of(layers.dropout({ rate: 0.25, inputShape: [50] })), 1, Math.sqrt(1 / 3)],
    ["gaussian dropout", () => of(layers.gaussianDropout({ rate: 0.2, inputShape: [50] })), 1, 0.5],
    ["gaussian noise", () => of(layers.gaussianNoise({ stddev: 0.3, inputShape: [50] })), 1, 0.3],
  ])("%s has TensorFlow.js' distribution", (_, build, expectedMean, expectedDeviation) => {
    const model = build();
    seedNoise(model, 11);
    const values = output(model, [400, 50]);
    expect(Math.abs(mean(values) - expectedMean)).toBeLessThan(0.02);
    expect(Math.abs(deviation(values) - expectedDeviation)).toBeLessThan(0.02);
  });

  it("alpha dropout gives the two numbers that TensorFlow.js gives, as often", () => {
    const model = of(layers.alphaDropout({ rate: 0.3, inputShape: [50] }));
    const shares = (values: number[]): [number, number][] =>
      [...new Set(values.map((value) => Math.round(value * 1e4) / 1e4))]
        .toSorted((a, b) => a - b)
        .map((kind) => [kind, mean(values.map((value) => (Math.abs(value - kind) < 1e-3 ? 1 : 0)))]);
    const stock = shares(output(model, [400, 50]));
    seedNoise(model, 3);
    const seeded = shares(output(model, [400, 50]));
    expect(seeded.map(([kind]) => kind)).toEqual(stock.map(([kind]) => kind));
    for (const [i, [, share]] of seeded.entries()) expect(Math.abs(share - stock[i]![1])).toBeLessThan(0.02);
  });

  it("is a function of seed, step and place; nothing is drawn outside of training", () => {
    const model = of(layers.dropout({ rate: 0.5, inputShape: [40] }), layers.dropout({ rate: 0.5 }));
    const at = (seed: number, step: number): number[] => {
      seedNoise(model, seed);
      drawNoise(model, step);
      return output(model, [1, 40]);
    };
    const first = at(1, 0);
    expect(at(1, 0)).toEqual(first);
    expect(output(model, [1, 40])).toEqual(first);
    expect(at(1, 1)).not.toEqual(first);
    expect(at(2, 0)).not.toEqual(first);
    // Two masks of a half: a quarter stays, at 4 times its size.
    expect(new Set(first)).toEqual(new Set([0, 4]));
    expect(output(model, [1, 40], false)).toEqual(Array<number>(40).fill(1));
  });

  it("spatial dropout drops whole features", () => {
    const model = of(layers.spatialDropout1d({ rate: 0.5, inputShape: [5, 20] }));
    seedNoise(model, 4);
    const values = output(model, [1, 5, 20]);
    const first = values.slice(0, 20);
    for (let t = 1; t < 5; t++) expect(values.slice(20 * t, 20 * t + 20)).toEqual(first);
    expect(new Set(first)).toEqual(new Set([0, 2]));
  });

  it("seeds recurrent cells, also stacked ones, whose masks TensorFlow.js never renews, and leaks none", () => {
    const model = of(
      layers.rnn({
        inputShape: [3, 4],
        cell: [
          layers.lstmCell({ units: 6, dropout: 0.5 }),
          layers.gruCell({ units: 6, recurrentDropout: 0.5 }),
        ] as never,
      }) as Layer,
    );
    seedNoise(model, 9);
    const before = tf.memory().numTensors;
    const at = (step: number, batch: number): number[] => {
      drawNoise(model, step);
      return output(model, [batch, 3, 4]);
    };
    const first = at(0, 2);
    expect(at(0, 2)).toEqual(first);
    expect(at(1, 2)).not.toEqual(first);
    expect(at(2, 5)).toHaveLength(30);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("comes with a lesson's batches, and can be undone", () => {
    const model = of(layers.dropout({ rate: 0.5, inputShape: [64] }));
    const plain = { batchSize: 1, indices: (step: number) => Int32Array.of(step) };
    const batches = batchesWithNoise(plain, model, 5);
    const pass = (step: number): number[] => {
      expect([...batches.indices(step)]).toEqual([step]);
      return output(model, [1, 64]);
    };
    const [zero, one] = [pass(0), pass(1)];
    expect(one).not.toEqual(zero);
    expect([pass(0), pass(1)]).toEqual([zero, one]);
    const other = of(layers.dropout({ rate: 0.5, inputShape: [64] }));
    seedNoise(other, 5)();
    expect(output(other, [1, 64])).not.toEqual(output(other, [1, 64]));
  });
});
