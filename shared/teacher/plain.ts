import { LecternError } from "../errors/index.ts";
import type { Algebra } from "./algebra.ts";

type Values = Float64Array | Float32Array;

/** A dense row-major array: `data.length` is the product of `shape`. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const demand = (holds: boolean, a: readonly number[], b: readonly number[]): void => {
  if (holds) return;
  throw new LecternError(
    "invalid-argument",
    `The shapes [${a.join()}] and [${b.join()}] don't fit.`,
    "Check the teacher's tensors.",
  );
};

/** What NumPy's broadcasting makes of two shapes: aligned at the right, and an axis of 1 stretches. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  if (a.length < b.length) return broadcast(b, a);
  return a.map((x, i) => {
    const y = b[i - a.length + b.length] ?? 1;
    demand(x === y || x === 1 || y === 1, a, b);
    return Math.max(x, y);
  });
}

/** The value that `x` has at a row-major index of a shape that it is broadcast to. */
function valueAt({ shape, data }: PlainTensor, target: readonly number[], flat: number): number {
  let [index, stride, rest] = [0, 1, flat];
  for (let axis = 1; axis <= shape.length; axis++) {
    const [own, size] = [shape.at(-axis)!, target.at(-axis)!];
    index += ((rest % size) % own) * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return data[index]!;
}

/**
 * The algebra on plain typed arrays: the slow, obvious reference, and what runs where TensorFlow.js doesn't.
 *
 * @example
 * ```ts
 * const A = plainAlgebra(Float64Array);
 * A.sum(A.tensor([1, 2, 3], [3])).data[0]; // 6
 * ```
 */
export function plainAlgebra(Type: { new (n: number): Values } = Float64Array): Algebra<PlainTensor> {
  const make = (shape: readonly number[], at: (i: number) => number): PlainTensor => {
    const data = new Type(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = at(i);
    return { shape, data };
  };
  const map = (f: (v: number) => number) => (x: PlainTensor) => make(x.shape, (i) => f(x.data[i]!));
  const zip = (f: (x: number, y: number) => number) => (a: PlainTensor, b: PlainTensor) => {
    const shape = broadcast(a.shape, b.shape);
    return make(shape, (i) => f(valueAt(a, shape, i), valueAt(b, shape, i)));
  };
  return {
    tensor: (values, shape) => make(shape, (i) => values[i]!),
    shapeOf: (x) => x.shape,
    add: zip((x, y) => x + y),
    sub: zip((x, y) => x - y),
    mul: zip((x, y) => x * y),
    div: zip((x, y) => x / y),
    matMul(a, b) {
      const [n, k] = a.shape as [number, number];
      const [k2, m] = b.shape as [number, number];
      demand(a.shape.length === 2 && b.shape.length === 2 && k === k2, a.shape, b.shape);
      const out = make([n, m], () => 0);
      for (let i = 0; i < n; i++)
        for (let l = 0; l < k; l++)
          for (let j = 0; j < m; j++) out.data[i * m + j]! += a.data[i * k + l]! * b.data[l * m + j]!;
      return out;
    },
    exp: map(Math.exp),
    log: map(Math.log),
    // Both branches keep the exponential below 1, so neither overflows.
    sigmoid: map((v) => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)))),
    logSoftmax({ shape, data }) {
      const width = shape.at(-1) ?? 1;
      const rows = Array.from({ length: data.length / width }, (_, row) => {
        const values = Array.from(data.subarray(row * width, (row + 1) * width));
        const max = values.reduce((a, b) => Math.max(a, b), -Infinity);
        return { max, sum: values.reduce((a, b) => a + Math.exp(b - max), 0) };
      });
      return make(shape, (i) => {
        const { max, sum } = rows[Math.floor(i / width)]!;
        return data[i]! - max - Math.log(sum);
      });
    },
    sum({ shape, data }, axis) {
      const at = axis === undefined ? 0 : axis < 0 ? axis + shape.length : axis;
      const rest = axis === undefined ? [] : shape.toSpliced(at, 1);
      const length = axis === undefined ? data.length : shape[at]!;
      const inner = sizeOf(rest.slice(at));
      return make(rest, (flat) => {
        const first = Math.floor(flat / inner) * inner * length + (flat % inner);
        let sum = 0;
        for (let i = 0; i < length; i++) sum += data[first + i * inner]!;
        return sum;
      });
    },
    slice({ shape, data }, start, size) {
      const [, ...row] = shape;
      const width = sizeOf(row);
      return make([size, ...row], (i) => data[start * width + i]!);
    },
    reshape(x, shape) {
      demand(sizeOf(shape) === x.data.length, x.shape, shape);
      return { shape, data: x.data };
    },
  };
}
