import type { LayersModel } from "@tensorflow/tfjs-layers";
import { floatBytes } from "../estimator.ts";

/** Bytes of one example's activations: what all layers put out, once. Sizes that are open count as 1. */
export function activationBytes(model: LayersModel): number {
  const size = (shape: readonly (number | null)[]): number =>
    shape.slice(1).reduce<number>((product, n) => product * (n ?? 1), 1);
  const outputs = model.layers.flatMap((layer) => {
    const { outputShape } = layer;
    return (Array.isArray(outputShape[0]) ? outputShape : [outputShape]) as (number | null)[][];
  });
  return floatBytes * outputs.reduce((sum, shape) => sum + size(shape), 0);
}
