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
export const sigmoid = (v: number): number =>
  v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v));
