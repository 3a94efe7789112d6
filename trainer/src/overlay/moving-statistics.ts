import { keep } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * Runs `compute` and puts the model's non-trainable weights back to what they were. Every
 * `model.apply(x, { training: true })` moves the moving statistics of batch normalisation; a replay or a Hessian-vector
 * product must not. They are put back also when `compute` throws.
 *
 * @example
 * ```ts
 * const { grads } = holdMovingStatistics(model, () => tf.variableGrads(() => loss(model.apply(x, { training: true })), vars));
 * ```
 */
export function holdMovingStatistics<T>(model: LayersModel, compute: () => T): T {
  const held = model.nonTrainableWeights.map((weight) => ({ weight, value: keep(weight.read().clone()) }));
  try {
    return compute();
  } finally {
    for (const { weight, value } of held) {
      weight.write(value);
      value.dispose();
    }
  }
}
