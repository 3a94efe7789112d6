/**
 * The tensor operations that a teacher and its losses are written in. μ_θ and ℓ_φ exist once, over this interface;
 * it has two instances: plain typed arrays (`./plain.ts`: no TensorFlow.js, float64 by choice) and TensorFlow.js
 * (`../tensorflow`: differentiable, on any backend). One contract suite runs against both.
 */
export interface Algebra<T> {
  /** Row-major values of a shape; `[]` is a scalar. */
  tensor(values: ArrayLike<number>, shape: readonly number[]): T;
  shapeOf(x: T): readonly number[];
  /** Elementwise with NumPy's broadcasting. */
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** [n, k] · [k, m] → [n, m]. */
  matMul(a: T, b: T): T;
  exp(x: T): T;
  log(x: T): T;
  /** 1/(1 + e^−x). */
  sigmoid(x: T): T;
  /** Over the last axis, shifted by its maximum so that it never overflows. */
  logSoftmax(x: T): T;
  /** Over one axis, or over all. */
  sum(x: T, axis?: number): T;
  /** Rows start … start+size−1 of the first axis. */
  slice(x: T, start: number, size: number): T;
  reshape(x: T, shape: readonly number[]): T;
}

/** What a teacher needs to emit φ; its losses may use the whole algebra. */
export type EmissionAlgebra<T> = Pick<
  Algebra<T>,
  "tensor" | "add" | "sub" | "mul" | "matMul" | "exp" | "sigmoid" | "logSoftmax" | "slice" | "reshape"
>;
