import { demand } from "../errors/index.ts";
import type { Algebra } from "./algebra.ts";
import { fill, sigmoid, sizeOf, type ArrayType, type PlainTensor } from "./host.ts";

const fit = (holds: boolean, a: readonly number[], b: readonly number[]): void =>
  demand(holds, "invalid-argument", `The shapes [${a}] and [${b}] don't fit`, "Check the teacher's tensors.");

/** What NumPy's broadcasting makes of two shapes: aligned at the right, and an axis of 1 stretches. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  if (a.length < b.length) return broadcast(b, a);
  return a.map((x, i) => {
    const y = b[i - a.length + b.length] ?? 1;
    fit(x === y || x === 1 || y === 1, a, b);
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
export function plainAlgebra(Type: ArrayType = Float64Array): Algebra<PlainTensor> {
  const map =
    (f: (x: number) => number) =>
    ({ shape, data }: PlainTensor) =>
      fill(Type, shape, (i) => f(data[i]!));
  const zip = (f: (x: number, y: number) => number) => (a: PlainTensor, b: PlainTensor) => {
    const shape = broadcast(a.shape, b.shape);
    return fill(Type, shape, (i) => f(valueAt(a, shape, i), valueAt(b, shape, i)));
  };
  return {
    tensor: (values, shape) => fill(Type, shape, (i) => values[i]!),
    shapeOf: (x) => x.shape,
    add: zip((x, y) => x + y),
    sub: zip((x, y) => x - y),
    mul: zip((x, y) => x * y),
    div: zip((x, y) => x / y),
    exp: map(Math.exp),
    log: map(Math.log),
    sigmoid: map(sigmoid),
    matMul(a, b) {
      fit(a.shape.length === 2 && b.shape.length === 2 && a.shape[1] === b.shape[0], a.shape, b.shape);
      const [n, k] = a.shape as [number, number];
      const m = b.shape[1]!;
      const out = fill(Type, [n, m], () => 0);
      for (let i = 0; i < n; i++)
        for (let l = 0; l < k; l++)
          for (let j = 0; j < m; j++) out.data[i * m + j]! += a.data[i * k + l]! * b.data[l * m + j]!;
      return out;
    },
    logSoftmax({ shape, data }) {
      const width = shape.at(-1)!;
      const rows = Array.from({ length: data.length / width }, (_, row) => {
        const values = Array.from(data.subarray(row * width, (row + 1) * width));
        const max = Math.max(...values);
        return { max, log: Math.log(values.reduce((sum, v) => sum + Math.exp(v - max), 0)) };
      });
      return fill(Type, shape, (i) => {
        const { max, log } = rows[Math.floor(i / width)]!;
        return data[i]! - max - log;
      });
    },
    sum({ shape, data }, axis) {
      const at = axis === undefined ? 0 : axis < 0 ? axis + shape.length : axis;
      const rest = axis === undefined ? [] : shape.toSpliced(at, 1);
      const length = axis === undefined ? data.length : shape[at]!;
      const inner = sizeOf(rest.slice(at));
      return fill(Type, rest, (flat) => {
        const first = Math.floor(flat / inner) * inner * length + (flat % inner);
        let sum = 0;
        for (let i = 0; i < length; i++) sum += data[first + i * inner]!;
        return sum;
      });
    },
    slice: ({ shape: [, ...row], data }, start, size) =>
      fill(Type, [size, ...row], (i) => data[start * sizeOf(row) + i]!),
    reshape({ shape: own, data }, shape) {
      fit(sizeOf(shape) === data.length, own, shape);
      return { shape, data };
    },
  };
}
