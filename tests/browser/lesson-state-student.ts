import type { Data } from "@lectern/client";
import { generateGlyphs } from "@lectern/client/glyphs";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, sequential, type LayersModel } from "@tensorflow/tfjs-layers";

/** Glyphs of 8 × 8 pixels as flat rows. */
export function drawRows(count: number, seed: number): { x: number[][]; y: number[] } {
  const { images, labels } = generateGlyphs({ count, seed, size: 8 });
  return {
    x: Array.from({ length: count }, (_, i) => Array.from(images.slice(64 * i, 64 * (i + 1)))),
    y: Array.from(labels),
  };
}

export const tinyData = (): { train: Data; dev: Data } => ({
  train: drawRows(320, 11),
  dev: drawRows(100, 12),
});

/** 64 → 16 → 10, the same initial weights each time. */
export function tinyStudent(): LayersModel {
  const init = (seed: number) => initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      layers.dense({ units: 16, inputShape: [64], activation: "tanh", kernelInitializer: init(1) }),
      layers.dense({ units: 10, kernelInitializer: init(2) }),
    ],
  });
}

/** LeNet-5 on 28 × 28 pixels: enough work for a page to stutter if it did it itself. */
export function lenetStudent(): LayersModel {
  const init = (seed: number) => initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      layers.conv2d({
        filters: 6,
        kernelSize: 5,
        padding: "same",
        activation: "relu",
        inputShape: [28, 28, 1],
        kernelInitializer: init(1),
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 5, activation: "relu", kernelInitializer: init(2) }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, activation: "relu", kernelInitializer: init(3) }),
      layers.dense({ units: 84, activation: "relu", kernelInitializer: init(4) }),
      layers.dense({ units: 10, kernelInitializer: init(5) }),
    ],
  });
}

export function drawImages(count: number, seed: number): { x: tf.Tensor; y: tf.Tensor } {
  const { images, labels, shape } = generateGlyphs({ count, seed, size: 28 });
  return { x: tf.tensor(images, [count, ...shape]), y: tf.tensor1d(labels, "int32") };
}

export const numbersOf = async (model: LayersModel): Promise<number[]> =>
  (await Promise.all(model.getWeights().map((w) => w.data()))).flatMap((w) => Array.from(w as Float32Array));
