import { tf } from "@lectern/shared/tensorflow";

/** More than TensorFlow.js would rather add on the processor than send to a GPU. */
const size = 2048;

/** True if the current backend adds, and gives the sum back: neither does one whose device is gone. */
export async function answers(): Promise<boolean> {
  const sum = tf.tidy(() => tf.sum(tf.add(tf.tensor1d(new Float32Array(size).fill(0.5)), 1)));
  try {
    return (await sum.data())[0] === 1.5 * size;
  } catch {
    return false;
  } finally {
    sum.dispose();
  }
}
