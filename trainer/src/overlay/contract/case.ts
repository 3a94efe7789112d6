import type * as tf from "@tensorflow/tfjs-core";

/** One operation to check: on tensors, and again on plain numbers. Plain outputs are flat, row-major. */
export interface OperationCase {
  readonly name: string;
  /** Shapes of the inputs that are differentiated. */
  readonly shapes: readonly number[][];
  readonly operation: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly plain: (...inputs: number[][]) => number[];
  /** Inputs are drawn from this interval; the default is [−1.5, 1.5]. */
  readonly domain?: readonly [number, number];
  /** Backends on which TensorFlow.js computes it wrongly, and where models that use it are refused. */
  readonly notOn?: readonly string[];
}

/** Cases under one heading of the table in docs/second-order.md. */
export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly OperationCase[];
}

/** y_i = f(x_i) on [3, 4]. */
export function elementwise(
  name: string,
  operation: (x: tf.Tensor) => tf.Tensor,
  plain: (x: number) => number,
  domain?: readonly [number, number],
): OperationCase {
  return { name, shapes: [[3, 4]], operation, plain: (x) => x.map(plain), ...(domain && { domain }) };
}

/** y = f(a, b), a [3, 4] and b [4] broadcast over a's rows. */
export function broadcasting(
  name: string,
  operation: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  plain: (a: number, b: number) => number,
  domain?: readonly [number, number],
): OperationCase {
  return {
    name,
    shapes: [[3, 4], [4]],
    operation: (a, b) => operation(a!, b!),
    plain: (a, b) => a!.map((value, i) => plain(value, b![i % 4]!)),
    ...(domain && { domain }),
  };
}

/** Elements of x by their flat places: what slices, permutations and gathers do. */
export function picking(
  name: string,
  shapes: readonly number[][],
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
  places: readonly number[],
): OperationCase {
  return {
    name,
    shapes,
    operation,
    plain: (...inputs) => {
      const all = inputs.flat();
      return places.map((place) => (place < 0 ? 0 : all[place]!));
    },
  };
}
