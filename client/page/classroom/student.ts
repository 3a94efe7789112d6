import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential, type LayersModel } from "@tensorflow/tfjs-layers";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface StudentShape {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Of the initial weights. */
  readonly seed: number;
  readonly hidden?: number;
}

/**
 * One hidden layer of ReLUs, as the trainer's student `mlp`. Kernels are Glorot uniform from the seed, drawn on the
 * host: the same bits on every backend.
 */
export function buildStudent({ inputShape, classes, seed, hidden = 64 }: StudentShape): LayersModel {
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [...inputShape] }),
      layers.dense({ units: hidden, activation: "relu", kernelInitializer: "zeros" }),
      layers.dense({ units: classes, kernelInitializer: "zeros" }),
    ],
  });
  const values = [
    drawKernel(inputs, hidden, seed),
    tf.zeros([hidden]),
    drawKernel(hidden, classes, ~seed),
    tf.zeros([classes]),
  ];
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

/** U(−√(6/(in + out)), +√(…)) (Glorot & Bengio 2010, equation 16), [in, out]. */
function drawKernel(inputs: number, outputs: number, seed: number): tf.Tensor {
  const random = xoroshiro128plus(Math.imul(seed, 0x85ebca6b) | 0);
  for (let i = 0; i < 8; i++) random.next();
  const limit = Math.sqrt(6 / (inputs + outputs));
  const draw = () => limit * (2 * uniformFloat32(random) - 1);
  return tf.tensor(Float32Array.from({ length: inputs * outputs }, draw), [inputs, outputs]);
}
