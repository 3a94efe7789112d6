/**
 * Gradients and Hessian-vector products of a plain function of numbers, by central differences in float64: an oracle
 * that shares nothing with what it checks. For tests.
 */
export type PlainFunction = (inputs: number[][]) => number;

function shifted(inputs: number[][], direction: number[][], step: number): number[][] {
  return inputs.map((input, i) => input.map((value, j) => value + step * (direction[i]?.[j] ?? 0)));
}

/** The derivative along `direction`; error O(step⁴). */
function slope(f: PlainFunction, inputs: number[][], direction: number[][], step: number): number {
  const at = (k: number): number => f(shifted(inputs, direction, k * step));
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
}

function unit(inputs: number[][], i: number, j: number): number[][] {
  return inputs.map((input, k) => input.map((_, l) => (k === i && l === j ? 1 : 0)));
}

/** ∇f, one array an input. */
export function plainGradient(f: PlainFunction, inputs: number[][], step = 1e-3): number[][] {
  return inputs.map((input, i) => input.map((_, j) => slope(f, inputs, unit(inputs, i, j), step)));
}

/** ∇²f·direction, one array an input. */
export function plainHessianProduct(
  f: PlainFunction,
  inputs: number[][],
  direction: number[][],
  step = 1e-3,
): number[][] {
  return plainGradient((at) => slope(f, at, direction, step), inputs, step);
}
