import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { cornerData } from "../testing/students.ts";

/** Optimizers of tf.train, made anew for each lesson, as each process makes its own. */
export const makeOptimizer: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.5),
  momentum: () => tf.train.momentum(0.1, 0.9),
  nesterov: () => tf.train.momentum(0.1, 0.9, true),
  adagrad: () => tf.train.adagrad(0.3),
  adadelta: () => tf.train.adadelta(2),
  rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5),
  // It subtracts ε under the root: a negative one keeps weights finite whose gradient doesn't vary.
  "centered rmsprop": () => tf.train.rmsprop(0.02, 0.9, 0.5, -1e-3, true),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05, 0.9, 0.999, 1e-7, 0.01),
};

export const train = cornerData(60);
export const dev = cornerData(30);

/** With moving statistics and a dropout that has a seed. */
export function normedModel(dropoutSeed: number | undefined = 3): layers.Sequential {
  const init = (seed: number) => layers.initializers.glorotUniform({ seed });
  return layers.sequential({
    layers: [
      layers.layers.dense({ units: 8, inputShape: [2], kernelInitializer: init(1) }),
      layers.layers.batchNormalization(),
      layers.layers.activation({ activation: "tanh" }),
      layers.layers.dropout({ rate: 0.3, ...(dropoutSeed !== undefined && { seed: dropoutSeed }) }),
      layers.layers.dense({ units: 3, kernelInitializer: init(2) }),
    ],
  });
}

/** All of them on cpu; on another backend one without slots, and one with slots and powers of its own. */
export const named = <T>(optimizers: Readonly<Record<string, T>>, backend: "cpu" | "wasm"): [string, T][] =>
  Object.entries(optimizers).filter(([name]) => backend === "cpu" || name === "sgd" || name === "adam");
