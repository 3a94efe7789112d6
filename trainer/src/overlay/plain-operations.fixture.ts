/** Operations on plain row-major numbers, as obvious as possible, in float64: what the overlay is checked against. */

export function flatMap(count: number, at: (index: number) => number[]): number[] {
  return Array.from({ length: count }, (_, i) => at(i)).flat();
}

export function matMul(
  a: number[],
  b: number[],
  rows: number,
  inner: number,
  columns: number,
  transposeA: boolean,
  transposeB: boolean,
): number[] {
  return flatMap(rows, (i) =>
    flatMap(columns, (j) => {
      let total = 0;
      for (let k = 0; k < inner; k++) {
        const left = a[transposeA ? k * rows + i : i * inner + k] ?? 0;
        const right = b[transposeB ? j * inner + k : k * columns + j] ?? 0;
        total += left * right;
      }
      return [total];
    }),
  );
}

export function softmaxRows(x: number[], width: number): number[] {
  return flatMap(x.length / width, (i) => {
    const powers = x.slice(i * width, (i + 1) * width).map(Math.exp);
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
}

type Padding = "valid" | "same";

/** Output length and the padding before it, along one axis (TensorFlow's rule: the odd cell of padding comes last). */
function layOut(length: number, size: number, stride: number, pad: Padding): { out: number; before: number } {
  if (pad === "valid") return { out: Math.floor((length - size) / stride) + 1, before: 0 };
  const out = Math.ceil(length / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + size - length, 0) / 2) };
}

type Shape4 = [number, number, number, number];

export function conv(
  x: number[],
  w: number[],
  inputShape: number[],
  filterShape: number[],
  stride: number,
  pad: Padding,
): number[] {
  const [batch, height, width, channels] = inputShape as Shape4;
  const [filterHeight, filterWidth, , filters] = filterShape as Shape4;
  const vertical = layOut(height, filterHeight, stride, pad);
  const horizontal = layOut(width, filterWidth, stride, pad);
  const at = (n: number, row: number, column: number, c: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : (x[((n * height + row) * width + column) * channels + c] ?? 0);
  const output: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < vertical.out; i++)
      for (let j = 0; j < horizontal.out; j++)
        for (let k = 0; k < filters; k++) {
          let total = 0;
          for (let p = 0; p < filterHeight; p++)
            for (let q = 0; q < filterWidth; q++)
              for (let c = 0; c < channels; c++)
                total +=
                  at(n, i * stride + p - vertical.before, j * stride + q - horizontal.before, c) *
                  (w[((p * filterWidth + q) * channels + c) * filters + k] ?? 0);
          output.push(total);
        }
  return output;
}

export const maximum = (cells: number[]): number => Math.max(...cells);
export const average = (cells: number[]): number => cells.reduce((sum, cell) => sum + cell, 0) / cells.length;

/** Pooling over the cells of each window that aren't padding. */
export function pool(
  x: number[],
  inputShape: number[],
  size: number,
  stride: number,
  pad: Padding,
  combine: (cells: number[]) => number,
): number[] {
  const [batch, height, width, channels] = inputShape as Shape4;
  const vertical = layOut(height, size, stride, pad);
  const horizontal = layOut(width, size, stride, pad);
  const output: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < vertical.out; i++)
      for (let j = 0; j < horizontal.out; j++)
        for (let c = 0; c < channels; c++) {
          const cells: number[] = [];
          for (let row = i * stride - vertical.before; row < i * stride - vertical.before + size; row++)
            for (
              let column = j * stride - horizontal.before;
              column < j * stride - horizontal.before + size;
              column++
            )
              if (row >= 0 && row < height && column >= 0 && column < width)
                cells.push(x[((n * height + row) * width + column) * channels + c] ?? 0);
          output.push(combine(cells));
        }
  return output;
}

/** Batch normalisation of [rows, channels] with its own mean and biased variance. */
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
    const { mean, variance } = moments[i % channels] ?? { mean: 0, variance: 0 };
    return (
      ((value - mean) / Math.sqrt(variance + epsilon)) * (scale[i % channels] ?? 1) +
      (offset[i % channels] ?? 0)
    );
  });
}
