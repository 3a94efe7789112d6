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

// Both branches keep the exponential below 1, so neither overflows.
const sigmoid = (v: number): number => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)));

/**
 * What emission needs of an algebra, on typed arrays, for teachers whose shapes were checked: of matrices that one
 * emission multiplies or normalises, the first has one row, and the built-in families broadcast nothing but single
 * numbers. The same values as `plainAlgebra` gives, bit by bit, in less of a page.
 */
export function hostAlgebra(Type: ArrayType = Float64Array): EmissionAlgebra<PlainTensor> {
  const make = (shape: readonly number[], at: (i: number) => number) => fill(Type, shape, at);
  const zip = (f: (x: number, y: number) => number) => (a: PlainTensor, b: PlainTensor) =>
    make((a.shape.length < b.shape.length ? b : a).shape, (i) =>
      f(a.data[i % a.data.length]!, b.data[i % b.data.length]!),
    );
  const map =
    (f: (x: number) => number) =>
    ({ shape, data }: PlainTensor) =>
      make(shape, (i) => f(data[i]!));
  const exp = map(Math.exp);
  const sum = (data: Iterable<number>) => Array.from(data).reduce((a, b) => a + b, 0);
  return {
    tensor: (values, shape) => make(shape, (i) => values[i]!),
    add: zip((x, y) => x + y),
    sub: zip((x, y) => x - y),
    mul: zip((x, y) => x * y),
    matMul: (a, { shape: [, m], data }) =>
      make([1, m!], (j) => sum(a.data.map((v, l) => v * data[l * m! + j]!))),
    exp,
    sigmoid: map(sigmoid),
    logSoftmax(x) {
      const max = Math.max(...x.data);
      const shifted = map((v) => v - max)(x);
      const log = Math.log(sum(exp(shifted).data));
      return map((v) => v - log)(shifted);
    },
    slice: ({ shape: [, ...row], data }, start, size) =>
      make([size, ...row], (i) => data[start * sizeOf(row) + i]!),
    reshape: ({ data }, shape) => ({ shape, data }),
  };
}
