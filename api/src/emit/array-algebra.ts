import { type EmissionAlgebra, sizeOf } from "@lectern/shared/teacher";

/** A dense row-major array, as JSON has it: `data.length` is the product of `shape`. */
export interface ArrayTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/**
 * What emission needs of an algebra, on JavaScript's own arrays: the same values as `plainAlgebra(Float64Array)` gives,
 * bit by bit (a test compares them). Each typed array is an ArrayBuffer of its own, whose making and freeing takes
 * longer than all arithmetic of a small φ, which has to become arrays for JSON anyway.
 */
export const arrayAlgebra: EmissionAlgebra<ArrayTensor> = {
  tensor: (values, shape) => ({ shape, data: Array.from(values) }),
  add: (a, b) => zip(a, b, (x, y) => x + y),
  sub: (a, b) => zip(a, b, (x, y) => x - y),
  mul: (a, b) => zip(a, b, (x, y) => x * y),
  matMul(a, b) {
    const [rows, inner] = a.shape as [number, number];
    const columns = b.shape[1]!;
    const data: number[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let i = 0; i < inner; i++) sum += a.data[row * inner + i]! * b.data[i * columns + column]!;
        data.push(sum);
      }
    }
    return { shape: [rows, columns], data };
  },
  exp: ({ shape, data }) => each(shape, data, Math.exp),
  // Both branches keep the exponential below 1, so neither overflows.
  sigmoid: ({ shape, data }) =>
    each(shape, data, (value) =>
      value >= 0 ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / (1 + Math.exp(value)),
    ),
  logSoftmax({ shape, data }) {
    const width = shape.at(-1)!;
    const logs: number[] = [];
    for (let first = 0; first < data.length; first += width) {
      let [max, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let i = first; i < first + width; i++) max = Math.max(max, data[i]!);
      for (let i = first; i < first + width; i++) sum += Math.exp(data[i]! - max);
      const log = Math.log(sum);
      for (let i = first; i < first + width; i++) logs.push(data[i]! - max - log);
    }
    return { shape, data: logs };
  },
  slice({ shape: [, ...row], data }, start, size) {
    const length = sizeOf(row);
    return { shape: [size, ...row], data: data.slice(start * length, (start + size) * length) };
  },
  reshape: ({ data }, shape) => ({ shape, data }),
};

function each(shape: readonly number[], data: readonly number[], of: (value: number) => number): ArrayTensor {
  const values: number[] = [];
  for (let i = 0; i < data.length; i++) values.push(of(data[i]!));
  return { shape, data: values };
}

/** Broadcasts nothing but single numbers: more than the families need there isn't. */
function zip(a: ArrayTensor, b: ArrayTensor, of: (x: number, y: number) => number): ArrayTensor {
  const { shape, data } = a.shape.length < b.shape.length ? b : a;
  const values: number[] = [];
  for (let i = 0; i < data.length; i++)
    values.push(of(a.data[i % a.data.length]!, b.data[i % b.data.length]!));
  return { shape, data: values };
}
