/** Operations on plain row-major numbers, as obvious as possible, in float64: what the overlay is checked against. */

export function flatMap(count: number, at: (index: number) => number[]): number[] {
  return Array.from({ length: count }, (_, i) => at(i)).flat();
}

/** [rows, inner] by [inner, columns]; each may come transposed. */
export function matMul(
  a: number[],
  b: number[],
  rows: number,
  inner: number,
  columns: number,
  transposeA = false,
  transposeB = false,
): number[] {
  return flatMap(rows, (i) =>
    flatMap(columns, (j) => {
      let total = 0;
      for (let k = 0; k < inner; k++)
        total +=
          a[transposeA ? k * rows + i : i * inner + k]! * b[transposeB ? j * inner + k : k * columns + j]!;
      return [total];
    }),
  );
}

export const rowsOf = (x: number[], width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));

export const sum = (x: number[]): number => x.reduce((total, value) => total + value, 0);
export const average = (x: number[]): number => sum(x) / x.length;
export const maximum = (x: number[]): number => Math.max(...x);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export function softmaxRows(x: number[], width: number): number[] {
  return rowsOf(x, width).flatMap((row) => {
    const powers = row.map(Math.exp);
    const total = sum(powers);
    return powers.map((power) => power / total);
  });
}

/** x [rows, channels]: normalised by each channel's own mean and biased variance, then scaled and shifted. */
export function batchNorm(
  x: number[],
  channels: number,
  scale: number[],
  offset: number[],
  epsilon: number,
): number[] {
  const columns = Array.from({ length: channels }, (_, c) => x.filter((_, i) => i % channels === c));
  const moments = columns.map((column) => {
    const mean = average(column);
    return { mean, variance: average(column.map((value) => (value - mean) ** 2)) };
  });
  return x.map((value, i) => {
    const { mean, variance } = moments[i % channels]!;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * scale[i % channels]! + offset[i % channels]!;
  });
}
