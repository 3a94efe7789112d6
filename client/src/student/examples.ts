import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";

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

const invalid = (problem: string, remedy: string): LecternError =>
  new LecternError("invalid-data", problem, remedy);

/**
 * Checks data and moves it to the backend.
 * @param what how to call it in errors: "train", "dev"
 * @throws LecternError `invalid-data`: empty split, NaN or infinity in x, labels out of range, unknown names, lengths
 *   that differ
 */
export async function openExamples(
  data: Data,
  { classes, classNames, what }: { classes: number; classNames: readonly string[]; what: string },
): Promise<Examples> {
  if (data?.x === undefined || data.y === undefined)
    throw invalid(`The ${what} data has no x or no y.`, `Pass ${what}: { x, y }.`);
  const x = toTensor(data.x, "float32", `${what}.x`);
  const y = toTensor(isNames(data.y) ? numbersOf(data.y, classNames, what) : data.y, undefined, `${what}.y`);
  const weights =
    data.weights === undefined ? undefined : toTensor(data.weights, "float32", `${what}.weights`);
  const dispose = () => tf.dispose(weights ? [x, y, weights] : [x, y]);
  try {
    const count = x.shape[0] ?? 0;
    if (count === 0) throw invalid(`The ${what} split is empty.`, "Pass at least one example and its label.");
    if (y.shape[0] !== count)
      throw invalid(
        `${what}.x has ${count} examples and ${what}.y has ${y.shape[0]} labels.`,
        "Pass one label for each example.",
      );
    const soft =
      y.rank >= 2 && y.shape.at(-1) === classes && (y.dtype === "float32" || y.shape.at(-1) !== x.shape[1]);
    await checkFinite(x, `${what}.x`);
    if (soft) await checkFinite(y, `${what}.y`);
    else await checkLabels(y, classes, what);
    if (weights) await checkWeights(weights, soft ? y.shape.slice(0, -1) : y.shape, what);
    const labels = soft ? tf.cast(y, "float32") : tf.cast(tf.squeeze(y, trailingOne(y)), "int32");
    if (labels !== y) y.dispose();
    return {
      count,
      classes,
      x,
      y: labels,
      ...(weights && { weights }),
      dispose: () => tf.dispose(weights ? [x, labels, weights] : [x, labels]),
    };
  } catch (error) {
    dispose();
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

const trailingOne = (y: tf.Tensor): number[] => (y.rank > 1 && y.shape.at(-1) === 1 ? [y.rank - 1] : []);

function toTensor(values: tf.Tensor | tf.TensorLike, dtype: "float32" | undefined, what: string): tf.Tensor {
  if (values instanceof tf.Tensor) {
    if (values.isDisposed)
      throw invalid(`${what} is a tensor that was disposed.`, "Pass live tensors, or arrays.");
    return dtype && values.dtype !== dtype ? tf.cast(values, dtype) : tf.clone(values);
  }
  try {
    return tf.tensor(values, undefined, dtype);
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${what} isn't a tensor or a rectangular array of numbers.`,
      "Pass a tf.Tensor or nested arrays of equal lengths.",
      { cause },
    );
  }
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

async function firstIndex(mask: tf.Tensor): Promise<number> {
  const found = tf.tidy(() => tf.any(mask));
  const any = (await found.data())[0];
  found.dispose();
  const index = any ? (await mask.data()).findIndex(Boolean) : -1;
  mask.dispose();
  return index;
}

async function checkFinite(t: tf.Tensor, what: string): Promise<void> {
  const index = await firstIndex(tf.tidy(() => tf.logicalNot(tf.isFinite(t))));
  if (index < 0) return;
  const row = Math.floor(index / (t.size / t.shape[0]!));
  throw invalid(
    `${what} has NaN or infinity in example ${row}.`,
    "Clean the data: impute or drop such examples.",
  );
}

async function checkLabels(y: tf.Tensor, classes: number, what: string): Promise<void> {
  const index = await firstIndex(
    tf.tidy(() => {
      const v = tf.cast(y, "float32");
      const whole = tf.equal(v, tf.floor(v));
      return tf.logicalNot(tf.logicalAnd(whole, tf.logicalAnd(tf.greaterEqual(v, 0), tf.less(v, classes))));
    }),
  );
  if (index < 0) return;
  const value = (await y.data())[index];
  throw invalid(
    `${what}.y[${index}] is ${value}, expected a class number from 0 to ${classes - 1}.`,
    `Number the classes from 0, or pass one-hot labels with ${classes} columns.`,
  );
}

async function checkWeights(weights: tf.Tensor, shape: readonly number[], what: string): Promise<void> {
  if (weights.size !== shape.reduce((a, b) => a * b, 1))
    throw invalid(
      `${what}.weights has shape [${weights.shape.join(", ")}], expected [${shape.join(", ")}].`,
      "Pass one weight for each label.",
    );
  const index = await firstIndex(
    tf.tidy(() => tf.logicalNot(tf.logicalAnd(tf.isFinite(weights), tf.greaterEqual(weights, 0)))),
  );
  if (index >= 0)
    throw invalid(
      `${what}.weights[${index}] is negative or not finite.`,
      "Weights are numbers of at least 0.",
    );
}
