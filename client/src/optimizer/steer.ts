import type * as tf from "@tensorflow/tfjs-core";

/** What TensorFlow.js's optimizers have of a learning rate: SGD and momentum a setter, the others a plain field. */
interface Steerable {
  learningRate?: unknown;
  setLearningRate?(rate: number): void;
}

/** The learning rate of a tf.Optimizer; undefined for one of the user's own making that has none. */
export function readRate(optimizer: tf.Optimizer): number | undefined {
  const { learningRate } = optimizer as unknown as Steerable;
  return typeof learningRate === "number" ? learningRate : undefined;
}

/** Sets it, for the steps after. Nothing happens where there is none, or where it is that already. */
export function steerRate(optimizer: tf.Optimizer, rate: number): void {
  const steerable = optimizer as unknown as Steerable;
  if ((readRate(optimizer) ?? rate) === rate) return;
  if (steerable.setLearningRate) steerable.setLearningRate(rate);
  else steerable.learningRate = rate;
}
