import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import { checkDistributions, checkFinite, checkInput, checkLabels, checkWeights, invalid } from "./checks.ts";
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
  if (data?.x === undefined || data.y === undefined)
    throw invalid(`The ${what} data has no x or no y.`, `Pass ${what}: { x, y }.`);
  const opened: tf.Tensor[] = [];
  const open = (values: tf.Tensor | tf.TensorLike, dtype: "float32" | undefined, part: string): tf.Tensor => {
    const tensor = toTensor(values, dtype, `${what}.${part}`);
    opened.push(tensor);
    return tensor;
  };
  try {
    const x = open(data.x, "float32", "x");
    const given = open(isNames(data.y) ? numbersOf(data.y, classNames, what) : data.y, undefined, "y");
    const count = x.shape[0] ?? 0;
    if (count === 0) throw invalid(`The ${what} split is empty.`, "Pass at least one example and its label.");
    if (given.shape[0] !== count)
      throw invalid(
        `${what}.x has ${count} examples and ${what}.y has ${given.shape[0] ?? 1} labels.`,
        "Pass one label for each example.",
      );
    if (student) checkInput(student, x, what);
    const { y, soft } = readLabels(given, x, { classes, what, student });
    opened.push(y);
    const labelShape = soft ? y.shape.slice(0, -1) : y.shape;
    await checkFinite(x, `${what}.x`);
    if (soft) await checkDistributions(y, what);
    else await checkLabels(given, classes, what);
    const weights = data.weights === undefined ? undefined : open(data.weights, "float32", "weights");
    if (weights) await checkWeights(weights, labelShape, what);
    given.dispose();
    return {
      count,
      classes,
      x,
      y,
      ...(weights && { weights }),
      dispose: () => tf.dispose(weights ? [x, y, weights] : [x, y]),
    };
  } catch (error) {
    tf.dispose(opened);
    throw error;
  }
}

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
  if (values instanceof tf.Tensor) {
    if (values.isDisposed)
      throw invalid(`${what} is a tensor that was disposed.`, "Pass live tensors, or arrays.");
    return dtype && values.dtype !== dtype ? tf.cast(values, dtype) : tf.clone(values);
  }
  let cause: unknown;
  try {
    const tensor = tf.tensor(values, undefined, dtype);
    if (isRectangular(values, tensor.shape)) return tensor;
    tensor.dispose();
  } catch (error) {
    cause = error;
  }
  throw new LecternError(
    "invalid-data",
    `${what} isn't a tensor or a rectangular array of numbers.`,
    "Pass a tf.Tensor or nested arrays of equal lengths.",
    { cause },
  );
}

/** TensorFlow.js infers a shape from the first elements alone, and shifts the rest if a row is longer or shorter. */
function isRectangular(values: unknown, [length, ...inner]: readonly number[]): boolean {
  if (ArrayBuffer.isView(values)) return inner.length === 0;
  if (!Array.isArray(values)) return length === undefined;
  return values.length === length && (inner.length === 0 || values.every((row) => isRectangular(row, inner)));
}

function isNames(y: Data["y"]): y is readonly string[] {
  return Array.isArray(y) && typeof y[0] === "string";
}

function numbersOf(names: readonly string[], classNames: readonly string[], what: string): number[] {
  const byName = new Map(classNames.map((name, k) => [name, k]));
  return names.map((name, i) => {
    const k = byName.get(name);
    if (k !== undefined) return k;
    throw invalid(
      `${what}.y[${i}] is "${name}", which isn't one of the teacher's classes (${classNames.slice(0, 12).join(", ")}${classNames.length > 12 ? ", …" : ""}).`,
      "Rename the labels, or choose a teacher for your classes.",
    );
  });
}
