import type { EmissionAlgebra } from "./algebra.ts";

export type Values = Float64Array | Float32Array;

/** A dense row-major array: `data.length` is the product of `shape`. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export type ArrayType = new (n: number) => Values;

/** A tensor whose value at row-major index i is `at(i)`. */
export function fill(Type: ArrayType, shape: readonly number[], at: (i: number) => number): PlainTensor {
  const data = new Type(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return { shape, data };
}

/**
 * What emission needs of an algebra, on typed arrays, for teachers whose shapes were checked: the built-in families
 * broadcast nothing but single numbers. The same values as `plainAlgebra` gives, bit by bit, in less of a page.
 */
export function hostAlgebra(Type: ArrayType = Float64Array): EmissionAlgebra<PlainTensor> {
  const make = (shape: readonly number[], at: (i: number) => number) => fill(Type, shape, at);
  const zip = (f: (x: number, y: number) => number) => (a: PlainTensor, b: PlainTensor) =>
    make((a.shape.length < b.shape.length ? b : a).shape, (i) =>
      f(a.data[i % a.data.length]!, b.data[i % b.data.length]!),
    );
  return {
    tensor: (values, shape) => make(shape, (i) => values[i]!),
    add: zip((x, y) => x + y),
    sub: zip((x, y) => x - y),
    mul: zip((x, y) => x * y),
    matMul(a, b) {
      const [n, k] = a.shape as [number, number];
      const m = b.shape[1]!;
      const out = make([n, m], () => 0);
      for (let i = 0; i < n; i++)
        for (let l = 0; l < k; l++)
          for (let j = 0; j < m; j++) out.data[i * m + j]! += a.data[i * k + l]! * b.data[l * m + j]!;
      return out;
    },
    exp: ({ shape, data }) => make(shape, (i) => Math.exp(data[i]!)),
    sigmoid: ({ shape, data }) =>
      make(shape, (i) => {
        const v = data[i]!;
        // Both branches keep the exponential below 1, so neither overflows.
        return v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v));
      }),
    logSoftmax({ shape, data }) {
      const width = shape.at(-1)!;
      const rows = Array.from({ length: data.length / width }, (_, row) => {
        const values = Array.from(data.subarray(row * width, (row + 1) * width));
        const max = Math.max(...values);
        return { max, log: Math.log(values.reduce((sum, v) => sum + Math.exp(v - max), 0)) };
      });
      return make(shape, (i) => {
        const { max, log } = rows[Math.floor(i / width)]!;
        return data[i]! - max - log;
      });
    },
    slice({ shape: [, ...row], data }, start, size) {
      const first = start * sizeOf(row);
      return make([size, ...row], (i) => data[first + i]!);
    },
    reshape: ({ data }, shape) => ({ shape, data }),
  };
}
