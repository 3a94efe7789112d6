import { tf } from "@lectern/shared/tensorflow";
import { demand } from "@lectern/shared/errors";
import { readShapes, toTensor } from "./read-data.ts";
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
 *   or shapes that don't fit; a module that is loaded only then finds the words
 */
export async function openExamples(data: Data, options: ExamplesOptions): Promise<Examples> {
  const { classes, what } = options;
  let opened: ReturnType<typeof upload>;
  let cause: unknown;
  try {
    opened = tf.tidy(() => upload(data, options));
    if (opened && (await opened.right.data()).indexOf(0) < 0) {
      const { count, right, ...tensors } = opened;
      right.dispose();
      return { count, classes, ...tensors, dispose: () => tf.dispose(tensors) };
    }
  } catch (error) {
    cause = error;
  }
  tf.dispose(opened!);
  const fault = await import("./find-fault.ts")
    .then(({ findFault }) => findFault(data, options, { toTensor, readShapes }))
    .catch(() => undefined);
  demand(false, "invalid-data", fault ?? `The ${what} data can't be used`, undefined, cause);
}

/** Data on the backend, with a tensor that says what of its values is right; undefined if shapes don't fit. */
function upload(data: Data, options: ExamplesOptions) {
  const { classes, classNames } = options;
  const x = tf.cast(toTensor(data.x), "float32");
  // Unknown names become −1, which is no class.
  const given = toTensor(
    Array.isArray(data.y) && typeof data.y[0] === "string"
      ? (data.y as unknown as readonly string[]).map((name) => classNames.indexOf(name))
      : (data.y as tf.TensorLike),
  );
  const { fits, soft, shape } = readShapes(x, given, options);
  if (!fits) return undefined;
  const weights = data.weights && tf.reshape(tf.cast(toTensor(data.weights), "float32"), shape);
  const v = tf.cast(given, "float32");
  // NaN is in no range.
  const within = (t: tf.Tensor, min: number, max: number) =>
    tf.logicalAnd(tf.greaterEqual(t, min), tf.lessEqual(t, max));
  const right = [
    tf.isFinite(x),
    ...(soft
      ? [within(tf.sum(v, -1), 0.999, 1.001), tf.greaterEqual(v, 0)]
      : [tf.equal(v, tf.floor(v)), within(v, 0, classes - 1)]),
    ...(weights ? [within(weights, 0, 3.4e38)] : []),
  ];
  return {
    count: shape[0]!,
    x,
    y: soft ? v : tf.cast(tf.reshape(given, shape), "int32"),
    ...(weights && { weights }),
    right: tf.stack(right.map((t) => tf.all(t))),
  };
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
