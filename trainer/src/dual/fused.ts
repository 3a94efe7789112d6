import * as tf from "@tensorflow/tfjs-core";
import { fusedKernels } from "@lectern/client/kernels";

type Name = keyof typeof fusedKernels;

/** Whether the current backend has a kernel of ours. All come together. */
export const hasFusedKernels = (): boolean =>
  tf.getKernel(fusedKernels.addRelu, tf.getBackend()) !== undefined;

/** Runs a kernel of ours that gives several tensors. Absent inputs are left out. */
export function runFused(
  name: Name,
  inputs: Readonly<Record<string, tf.Tensor | undefined>>,
  attrs: object = {},
): tf.Tensor[] {
  const present = Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, tf.Tensor] => entry[1] !== undefined),
  );
  const result: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(fusedKernels[name], present, attrs as tf.NamedAttrMap);
  return Array.isArray(result) ? result : [result];
}

/** The same for a kernel that gives one tensor. */
export const runFusedOne = (...args: Parameters<typeof runFused>): tf.Tensor => runFused(...args)[0]!;
