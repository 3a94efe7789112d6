import { logSumExp, serialization, sub, type Tensor } from "@tensorflow/tfjs-core";

interface Activation {
  apply(x: Tensor, axis?: number): Tensor;
}

/**
 * Rewrites the activation `logSoftmax` of layers as x − log Σ exp x. TensorFlow.js' own is a custom operation that
 * saves its output, whose path is lost (see `recall`), and no registered gradient reaches it.
 */
export function mendLogSoftmax(): void {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const activation = classNameMap["logSoftmax"]![0].prototype as unknown as Activation;
  activation.apply = (x, axis = -1) => sub(x, logSumExp(x, axis, true));
}
