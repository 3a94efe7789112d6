import { type TensorInfo, util } from "@tensorflow/tfjs-core";

/** What a fused kernel takes beside its two operands. */
export interface Fused {
  bias?: TensorInfo | undefined;
  preluActivationWeights?: TensorInfo | undefined;
}

/** Whether our kernels fuse this: nothing or a relu, and a bias of one number a column. */
export function fusesHere(
  { bias, preluActivationWeights }: Fused,
  activation: string,
  columns: number,
): boolean {
  return (
    preluActivationWeights === undefined &&
    (activation === "linear" || activation === "relu") &&
    (bias === undefined || (bias.shape.at(-1) === columns && util.sizeFromShape(bias.shape) === columns))
  );
}
