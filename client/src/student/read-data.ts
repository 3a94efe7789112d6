import { tf } from "@lectern/shared/tensorflow";
import type { ExamplesOptions } from "./examples.ts";

/** What data's shapes say. */
export interface Shapes {
  /** True if all are as expected. */
  readonly fits: boolean;
  /** Of one example, and what the model takes; null stands for any size. */
  readonly example: readonly number[];
  readonly input: readonly (number | null)[];
  /** True for distributions, whose last axis is K. */
  readonly soft: boolean;
  /** Of the labels, without the axis of a distribution, and what was expected. */
  readonly shape: number[];
  readonly expected: readonly (number | null)[];
}

/**
 * Tells class numbers from distributions by their shape: class numbers have one axis less than the model's output
 * ([n] for [n, K], [n, length] for [n, length, K]; a trailing 1 is dropped), distributions have as many.
 * Where no student is known, class numbers have one axis.
 */
export function readShapes(x: tf.Tensor, y: tf.Tensor, { classes, student }: ExamplesOptions): Shapes {
  const [count, ...example] = x.shape;
  const input = student?.model.inputs[0]!.shape.slice(1) ?? example;
  const outputs = student?.model.outputs[0]!.shape.slice(1, -1);
  const columns = y.shape.at(-1);
  const extra = y.rank > (outputs ?? []).length + 1;
  const soft = extra && columns === classes;
  const shape = soft || (extra && columns === 1) ? y.shape.slice(0, -1) : y.shape;
  const expected = [count!, ...(outputs ?? shape.slice(1))];
  const isLike = (sizes: readonly number[], wanted: readonly (number | null)[]) =>
    sizes.length === wanted.length && wanted.every((size, i) => size === null || size === sizes[i]);
  const fits = Boolean(count) && y.dtype !== "string" && isLike(example, input) && isLike(shape, expected);
  return { fits, example, input, soft, shape, expected };
}

/** A tensor of one's own, or an error where the values are a disposed tensor, or no rectangular array. */
export function toTensor(values: tf.Tensor | tf.TensorLike): tf.Tensor {
  if (values instanceof tf.Tensor) return tf.clone(values);
  const tensor = tf.tensor(values);
  if (isRectangular(values, tensor.shape)) return tensor;
  tensor.dispose();
  throw new RangeError();
}

/** TensorFlow.js infers a shape from the first elements alone, and shifts the rest if a row is longer or shorter. */
function isRectangular(values: unknown, [length, ...inner]: readonly number[]): boolean {
  if (typeof values !== "object") return length === undefined;
  const list = values as readonly unknown[];
  return list.length === length && (ArrayBuffer.isView(values) || list.every((v) => isRectangular(v, inner)));
}
