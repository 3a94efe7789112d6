import { LecternError } from "../errors/index.ts";
import type { Algebra } from "./algebra.ts";

type Values = Float64Array | Float32Array;

/** A dense row-major array: `data.length` is the product of `shape`. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Strides with which `shape`, aligned at the right, is read along `target`: 0 where it is broadcast. */
function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = Array.from<number>({ length: target.length }).fill(0);
  let stride = 1;
  for (let i = shape.length - 1, j = target.length - 1; i >= 0; i--, j--) {
    const size = shape[i]!;
    strides[j] = size === 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw mismatch("broadcast", a, b);
    return Math.max(x, y);
  });
}

function mismatch(operation: string, a: readonly number[], b: readonly number[]): LecternError {
  return new LecternError(
    "invalid-argument",
    `Cannot ${operation} shapes [${a.join(", ")}] and [${b.join(", ")}].`,
    "Check the shapes of the teacher's tensors and of the state.",
  );
}

function total(values: Values): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
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
  const map = (x: PlainTensor, f: (v: number) => number) => make(x.shape, (i) => f(x.data[i]!));
  const zip = (a: PlainTensor, b: PlainTensor, f: (x: number, y: number) => number): PlainTensor => {
    const shape = broadcastShape(a.shape, b.shape);
    const [as, bs] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
    return make(shape, (flat) => {
      let [ai, bi, rest] = [0, 0, flat];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const index = rest % shape[axis]!;
        rest = (rest - index) / shape[axis]!;
        ai += index * as[axis]!;
        bi += index * bs[axis]!;
      }
      return f(a.data[ai]!, b.data[bi]!);
    });
  };
  return {
    tensor: (values, shape) => make(shape, (i) => values[i]!),
    shapeOf: (x) => x.shape,
    add: (a, b) => zip(a, b, (x, y) => x + y),
    sub: (a, b) => zip(a, b, (x, y) => x - y),
    mul: (a, b) => zip(a, b, (x, y) => x * y),
    div: (a, b) => zip(a, b, (x, y) => x / y),
    matMul(a, b) {
      const [n, k] = a.shape as [number, number];
      const [k2, m] = b.shape as [number, number];
      if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2)
        throw mismatch("multiply", a.shape, b.shape);
      const out = new Type(n * m);
      for (let i = 0; i < n; i++)
        for (let l = 0; l < k; l++) {
          const x = a.data[i * k + l]!;
          for (let j = 0; j < m; j++) out[i * m + j]! += x * b.data[l * m + j]!;
        }
      return { shape: [n, m], data: out };
    },
    exp: (x) => map(x, Math.exp),
    log: (x) => map(x, Math.log),
    // Both branches keep the exponential below 1, so neither overflows.
    sigmoid: (x) => map(x, (v) => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)))),
    logSoftmax(x) {
      const width = x.shape.at(-1) ?? 1;
      const out = new Type(x.data.length);
      for (let start = 0; start < out.length; start += width) {
        let [max, sum] = [-Infinity, 0];
        for (let i = 0; i < width; i++) max = Math.max(max, x.data[start + i]!);
        for (let i = 0; i < width; i++) sum += Math.exp(x.data[start + i]! - max);
        for (let i = 0; i < width; i++) out[start + i] = x.data[start + i]! - max - Math.log(sum);
      }
      return { shape: x.shape, data: out };
    },
    sum(x, axis) {
      if (axis === undefined) return { shape: [], data: new Type(1).fill(total(x.data)) };
      const at = axis < 0 ? axis + x.shape.length : axis;
      const inner = sizeOf(x.shape.slice(at + 1));
      const length = x.shape[at]!;
      return make([...x.shape.slice(0, at), ...x.shape.slice(at + 1)], (flat) => {
        const first = Math.floor(flat / inner) * inner * length + (flat % inner);
        let sum = 0;
        for (let i = 0; i < length; i++) sum += x.data[first + i * inner]!;
        return sum;
      });
    },
    slice(x, start, size) {
      const row = sizeOf(x.shape.slice(1));
      return { shape: [size, ...x.shape.slice(1)], data: x.data.slice(start * row, (start + size) * row) };
    },
    reshape(x, shape) {
      if (sizeOf(shape) !== x.data.length) throw mismatch("reshape between", x.shape, shape);
      return { shape, data: x.data };
    },
  };
}
