import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import type { KernelReport } from "./kernels-entry.ts";

const spread = (shape: number[], phase: number): tf.Tensor => {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Array.from({ length: count }, (_, i) => 2 * (((i + 1) * 0.61803 + phase * 0.41421) % 1) - 1);
  return tf.tensor(values, shape);
};

/** Gradients that only our kernels can compute on the wasm backend: of convolutions, direct and by tiles, and a dense layer. */
export function computeGradients(): KernelReport {
  const gradients = tf.tidy(() => {
    const inputs = [
      spread([4, 10, 10, 3], 1),
      spread([3, 3, 3, 16], 2),
      spread([3, 3, 16, 16], 3),
      spread([1600, 4], 4),
    ];
    const model = (x: tf.Tensor, first: tf.Tensor, second: tf.Tensor, dense: tf.Tensor): tf.Tensor => {
      const hidden = tf.conv2d(x as tf.Tensor4D, first as tf.Tensor4D, 1, "same");
      const deep = tf.conv2d(hidden, second as tf.Tensor4D, 1, "same");
      return tf.matMul(tf.reshape(deep, [4, 1600]), dense as tf.Tensor2D);
    };
    return tf
      .grads(model)(inputs, spread([4, 4], 5))
      .map((gradient) => Array.from(gradient.dataSync()));
  });
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const shared = typeof SharedArrayBuffer !== "undefined" && wasm.HEAPU8.buffer instanceof SharedArrayBuffer;
  return { gradients, shared };
}
