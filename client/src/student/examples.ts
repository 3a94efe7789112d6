import { tf } from "@lectern/shared/tensorflow";
import { expectData, firstWrong, fits, show } from "./checks.ts";
import { readLabels } from "./labels.ts";
import type { Student } from "./student.ts";

/**
 * A user's data. x: a tensor [n, …] or nested arrays. y: class numbers [n] (or [n, length]), class names, or
 * distributions [n, K] (one-hot or soft). weights [n] (or [n, length]): 0 masks an example or a token out.
 */
export interface Data {
  readonly x: tf.Tensor | tf.TensorLike;
  readonly y: tf.Tensor | tf.TensorLike | readonly string[];
  readonly weights?: tf.Tensor | tf.TensorLike;
}

/** Checked data on the backend. It owns its tensors: dispose it. */
export interface Examples {
  readonly count: number;
  readonly classes: number;
  readonly x: tf.Tensor;
  /** int32 class numbers, or float32 distributions whose last axis is K. */
  readonly y: tf.Tensor;
  readonly weights?: tf.Tensor;
  dispose(): void;
}

/** A batch as losses take it: one row an example or token. */
export type Batch = {
  readonly x: tf.Tensor;
  /** [n, K] */
  readonly target: tf.Tensor2D;
  /** [n] */
  readonly weights?: tf.Tensor1D;
};

export interface ExamplesOptions {
  readonly classes: number;
  /** Labels may be given by these names; empty if the classes have none. */
  readonly classNames: readonly string[];
  /** How to call the data in errors: "train", "dev". */
  readonly what: string;
  /** What the data is for: then its shapes are checked against the model's, before any step. */
  readonly student?: Student | undefined;
}

/**
 * Checks data and moves it to the backend.
 * @throws LecternError `invalid-data`: empty split, NaN or infinity in x, labels out of range, unknown names, lengths
 *   or shapes that don't fit
 */
export async function openExamples(
  data: Data,
  { classes, classNames, what, student }: ExamplesOptions,
): Promise<Examples> {
  expectData(data?.x !== undefined && data.y !== undefined, `${what} has no x or no y`);
  const opened: tf.Tensor[] = [];
  const open = (tensor: tf.Tensor): tf.Tensor => {
    opened.push(tensor);
    return tensor;
  };
  try {
    const x = open(toTensor(data.x, "float32", `${what}.x`));
    const given = open(toTensor(numbersOf(data.y, classNames, what), undefined, `${what}.y`));
    const [count = 0, ...example] = x.shape;
    expectData(count, `The ${what} split is empty`);
    const input = student?.model.inputs[0]!.shape.slice(1) ?? example;
    expectData(
      fits(example, input),
      `${what}.x has examples of shape ${show(example)}, and the model takes ${show(input)}`,
    );
    const { y, soft } = readLabels(given, x, { classes, what, student });
    open(y);
    const bad = await firstWrong(() => tf.isFinite(x));
    expectData(bad < 0, `${what}.x has NaN or infinity in example ${Math.floor((bad * count) / x.size)}`);
    await checkLabels(soft ? y : given, soft, classes, what);
    const weights = data.weights && open(toTensor(data.weights, "float32", `${what}.weights`));
    if (weights) {
      const shape = soft ? y.shape.slice(0, -1) : y.shape;
      expectData(
        weights.size === shape.reduce((a, b) => a * b, 1),
        `${what}.weights has shape ${show(weights.shape)}, expected ${show(shape)}`,
      );
      const wrong = await firstWrong(() => within(weights, 0, 3.4e38));
      expectData(wrong < 0, `${what}.weights[${wrong}] is negative or not finite`);
    }
    given.dispose();
    return {
      count,
      classes,
      x,
      y,
      ...(weights && { weights }),
      dispose: () => tf.dispose(opened),
    };
  } catch (error) {
    tf.dispose(opened);
    throw error;
  }
}

async function checkLabels(y: tf.Tensor, soft: boolean, classes: number, what: string): Promise<void> {
  const wrong = await firstWrong(() => {
    const v = tf.cast(y, "float32");
    // NaN is in no range.
    return soft
      ? tf.logicalAnd(within(tf.sum(v, -1), 0.999, 1.001), tf.all(tf.greaterEqual(v, 0), -1))
      : tf.logicalAnd(tf.equal(v, tf.floor(v)), within(v, 0, classes - 1));
  });
  const label = soft ? "distribution" : `class number from 0 to ${classes - 1}`;
  expectData(wrong < 0, `${what}.y[${wrong}] isn't a ${label}`);
}

const within = (v: tf.Tensor, min: number, max: number): tf.Tensor =>
  tf.logicalAnd(tf.greaterEqual(v, min), tf.lessEqual(v, max));

/** The rows of a batch, or of all examples in order from `start`. Call it inside tf.tidy, or dispose what it gives. */
export function gatherBatch(examples: Examples, indices: Int32Array): Batch {
  return tf.tidy(() => {
    const rows = tf.tensor1d(indices, "int32");
    return toBatch(examples, (t) => tf.gather(t, rows));
  });
}

export function sliceBatch(examples: Examples, start: number, size: number): Batch {
  return tf.tidy(() => toBatch(examples, (t) => tf.slice(t, start, size)));
}

function toBatch(examples: Examples, pick: (t: tf.Tensor) => tf.Tensor): Batch {
  const y = pick(examples.y);
  return {
    x: pick(examples.x),
    target: oneHotRows(y, examples.classes),
    ...(examples.weights && { weights: tf.reshape(pick(examples.weights), [-1]) as tf.Tensor1D }),
  };
}

/** Class numbers or distributions of any shape as rows [n, K]. */
export function oneHotRows(y: tf.Tensor, classes: number): tf.Tensor2D {
  if (y.dtype !== "int32") return tf.reshape(y, [-1, classes]) as tf.Tensor2D;
  return tf.cast(tf.oneHot(tf.reshape(y, [-1]) as tf.Tensor1D, classes), "float32") as tf.Tensor2D;
}

function toTensor(values: tf.Tensor | tf.TensorLike, dtype: "float32" | undefined, what: string): tf.Tensor {
  let cause: unknown;
  try {
    if (values instanceof tf.Tensor) return dtype ? tf.cast(values, dtype) : tf.clone(values);
    const tensor = tf.tensor(values, undefined, dtype);
    if (isRectangular(values, tensor.shape)) return tensor;
    tensor.dispose();
  } catch (error) {
    cause = error;
  }
  expectData(false, `${what} is a tensor that was disposed, or no rectangular array`, undefined, cause);
}

/** TensorFlow.js infers a shape from the first elements alone, and shifts the rest if a row is longer or shorter. */
function isRectangular(values: unknown, [length, ...inner]: readonly number[]): boolean {
  if (typeof values !== "object") return length === undefined;
  const list = values as readonly unknown[];
  return list.length === length && (ArrayBuffer.isView(values) || list.every((v) => isRectangular(v, inner)));
}

/** Class names become numbers; whatever else is left as it is. */
function numbersOf(y: Data["y"], classNames: readonly string[], what: string): tf.Tensor | tf.TensorLike {
  if (!Array.isArray(y) || typeof y[0] !== "string") return y as tf.TensorLike;
  return (y as unknown as string[]).map((name, i) => {
    const k = classNames.indexOf(name);
    expectData(k >= 0, `${what}.y[${i}] is "${name}", expected one of ${classNames.slice(0, 12).join(", ")}`);
    return k;
  });
}
