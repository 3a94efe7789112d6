import type * as tf from "@tensorflow/tfjs-core";
import type { Data, ExamplesOptions } from "./examples.ts";
import type { readShapes, Shapes, toTensor } from "./read-data.ts";

/** Given, not imported: this module is loaded when something is wrong, and takes nothing out of the client's core. */
interface Readers {
  readonly toTensor: typeof toTensor;
  readonly readShapes: typeof readShapes;
}

/**
 * What is wrong with data that `openExamples` refused, in words; undefined if nothing is found.
 *
 * @returns a sentence without its full stop
 */
export async function findFault(
  data: Data,
  options: ExamplesOptions,
  { toTensor, readShapes }: Readers,
): Promise<string | undefined> {
  const { classNames, what } = options;
  if (data?.x === undefined || data.y === undefined) return `${what} has no x or no y`;
  const named = Array.isArray(data.y) && typeof data.y[0] === "string";
  const names = (named ? data.y : []) as readonly unknown[];
  const unknown = names.findIndex((name) => !classNames.includes(name as string));
  if (unknown >= 0)
    return `${what}.y[${unknown}] is ${JSON.stringify(names[unknown])}, expected one of ${classNames.slice(0, 12).join(", ")}`;
  const tensors: tf.Tensor[] = [];
  try {
    for (const [name, values] of [
      ["x", data.x],
      ["y", named ? names.map((name) => classNames.indexOf(name as string)) : data.y],
      ...(data.weights ? ([["weights", data.weights]] as const) : []),
    ] as const) {
      const problem = open(values as tf.TensorLike, tensors, toTensor);
      if (problem) return `${what}.${name} ${problem}`;
    }
    const [x, y, weights] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor?];
    const shapes = readShapes(x, y, options);
    return (
      findInShapes(shapes, options, x, y, weights) ?? (await findInValues(shapes, options, x, y, weights))
    );
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

function open(
  values: tf.Tensor | tf.TensorLike,
  tensors: tf.Tensor[],
  read: Readers["toTensor"],
): string | undefined {
  try {
    const tensor = read(values);
    tensors.push(tensor);
    return tensor.dtype === "string" ? "holds strings, expected numbers" : undefined;
  } catch {
    return "is a tensor that was disposed, or no rectangular array";
  }
}

function findInShapes(
  { example, input, shape, expected }: Shapes,
  { classes, what }: ExamplesOptions,
  x: tf.Tensor,
  y: tf.Tensor,
  weights?: tf.Tensor,
): string | undefined {
  if (!x.shape[0]) return `The ${what} split is empty`;
  if (!isLike(example, input))
    return `${what}.x has examples of shape ${show(example)}, and the model takes ${show(input)}`;
  if (!isLike(shape, expected))
    return `${what}.y has shape ${show(y.shape)}, expected ${show(expected)} for class numbers, or distributions with ${classes} columns`;
  if (weights && weights.size !== shape.reduce((a, b) => a * b, 1))
    return `${what}.weights has shape ${show(weights.shape)}, expected ${show(shape)}`;
  return undefined;
}

async function findInValues(
  { soft, shape }: Shapes,
  { classes, what }: ExamplesOptions,
  x: tf.Tensor,
  y: tf.Tensor,
  weights?: tf.Tensor,
): Promise<string | undefined> {
  const infinite = (await x.data()).findIndex((v) => !Number.isFinite(v));
  if (infinite >= 0)
    return `${what}.x has NaN or infinity in example ${Math.floor((infinite * shape[0]!) / x.size)}`;
  const labels = Array.from(await y.data());
  const rows = soft
    ? Array.from({ length: labels.length / classes }, (_, i) => labels.slice(i * classes, (i + 1) * classes))
    : labels.map((label) => [label]);
  const wrong = rows.findIndex((row) =>
    soft
      ? !(Math.abs(row.reduce((a, b) => a + b, 0) - 1) <= 0.001 && row.every((v) => v >= 0))
      : !(Number.isInteger(row[0]) && row[0]! >= 0 && row[0]! < classes),
  );
  if (wrong >= 0) {
    const expected = soft ? "distribution" : `class number from 0 to ${classes - 1}`;
    const ignored = !soft && rows[wrong]![0]! < 0 ? " (to ignore it, give it any class, and weight 0)" : "";
    return `${what}.y[${wrong}] isn't a ${expected}${ignored}`;
  }
  const heavy = weights ? (await weights.data()).findIndex((w) => !(w >= 0 && w < Infinity)) : -1;
  return heavy >= 0 ? `${what}.weights[${heavy}] is negative or not finite` : undefined;
}

/** `[60, 5]` */
const show = (shape: readonly (number | null)[]): string =>
  `[${shape.map((size) => size ?? "any").join(", ")}]`;

const isLike = (shape: readonly number[], expected: readonly (number | null)[]): boolean =>
  shape.length === expected.length && expected.every((size, i) => size === null || size === shape[i]);
