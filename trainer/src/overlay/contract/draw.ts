import type { OperationCase } from "./case.ts";

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

/**
 * Distinct, irregular numbers: no ties for max-pooling to break, none near a kink. Rounded to float32, so that both
 * sides of a comparison see the same ones.
 */
export function spread(count: number, from: number, to: number, phase: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fraction = ((i + 1) * 0.6180339887498949 + phase * 0.4142135623730951) % 1;
    return Math.fround(from + (to - from) * fraction);
  });
}

export function drawInputs({ shapes, domain = [-1.5, 1.5] }: OperationCase): number[][] {
  return shapes.map((shape, i) => spread(sizeOf(shape), domain[0], domain[1], i));
}

export function drawDirection({ shapes }: OperationCase): number[][] {
  return shapes.map((shape, i) => spread(sizeOf(shape), -1, 1, i + 5));
}

/** Of the i-th output in the loss. */
export const weightOf = (i: number): number => Math.fround(0.3 + ((i * 7) % 11) / 11);
