import * as tf from "@tensorflow/tfjs-core";

type Method = (this: tf.Tensor, ...rest: never[]) => tf.Tensor;

const methods: Readonly<Record<string, Method>> = {
  flatten() {
    return tf.reshape(this, [this.size]);
  },
  reshape(shape: number[]) {
    return tf.reshape(this, shape);
  },
  sign() {
    return tf.sign(this);
  },
  stridedSlice(begin: number[], end: number[], strides: number[]) {
    return tf.stridedSlice(this, begin, end, strides);
  },
  transpose(permutation?: number[]) {
    return tf.transpose(this, permutation);
  },
};

/**
 * Gives tensors the methods that layers call and that only the union package `@tensorflow/tfjs` registers: without
 * them, no recurrent layer can be built, whose default initialiser (orthogonal) ends in "flatten is not a function".
 * Methods that are there stay as they are.
 */
export function supplyTensorMethods(): void {
  for (const [name, method] of Object.entries(methods))
    if (!(name in tf.Tensor.prototype)) Object.assign(tf.Tensor.prototype, { [name]: method });
}
