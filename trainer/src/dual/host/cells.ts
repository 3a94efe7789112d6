/** A tensor of the tape: `size` numbers from place `at` of each of {@link Cells}' arrays. */
export interface Cell {
  readonly shape: readonly number[];
  readonly at: number;
  readonly size: number;
  /** Whether a gradient is asked of it, or of what it was made of. */
  readonly wanted: boolean;
}

/**
 * Four numbers a place, side by side: a value, its derivative along the direction, the gradient of the result with respect
 * to it, and that gradient's derivative along the direction. One growing memory, used again by each tape: a typed array a
 * tensor would be garbage of the kind that costs most.
 */
export interface Cells {
  values: Float64Array;
  tangents: Float64Array;
  gradients: Float64Array;
  gradientTangents: Float64Array;
  /** Places in use. */
  used: number;
}

const initial = 4096;

export const createCells = (): Cells => ({
  values: new Float64Array(initial),
  tangents: new Float64Array(initial),
  gradients: new Float64Array(initial),
  gradientTangents: new Float64Array(initial),
  used: 0,
});

/** Room for a tensor, zero in all four arrays. It may replace the arrays: look at them afterwards. */
export function claim(cells: Cells, shape: readonly number[], wanted: boolean): Cell {
  const size = shape.reduce((a, b) => a * b, 1);
  const at = cells.used;
  const end = at + size;
  if (end > cells.values.length) {
    const length = Math.max(end, 2 * cells.values.length);
    for (const name of ["values", "tangents", "gradients", "gradientTangents"] as const) {
      const grown = new Float64Array(length);
      grown.set(cells[name].subarray(0, at));
      cells[name] = grown;
    }
  }
  cells.values.fill(0, at, end);
  cells.tangents.fill(0, at, end);
  cells.gradients.fill(0, at, end);
  cells.gradientTangents.fill(0, at, end);
  cells.used = end;
  return { shape, at, size, wanted };
}
