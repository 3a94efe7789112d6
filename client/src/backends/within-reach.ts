import { tf } from "@lectern/shared/tensorflow";

/** Numbers beyond which TensorFlow.js' kernels are faster than a loop of JavaScript. */
const most = 20_000;

/** True for a small tensor that can be read at once: on wasm, where it lies in memory. */
export const isWithinReach = ({ size }: tf.Tensor): boolean => size <= most && tf.getBackend() === "wasm";
