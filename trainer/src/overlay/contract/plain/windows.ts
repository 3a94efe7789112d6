/** Operations over windows of images, channels last, on plain row-major numbers in float64. */

export type Padding = "valid" | "same";
type Shape4 = readonly [number, number, number, number];

interface Layout {
  readonly out: number;
  /** Cells of padding before the first; TensorFlow puts an odd one last. */
  readonly before: number;
}

function layOut(length: number, size: number, stride: number, pad: Padding): Layout {
  if (pad === "valid") return { out: Math.floor((length - size) / stride) + 1, before: 0 };
  const out = Math.ceil(length / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + size - length, 0) / 2) };
}

/** One cell under a window's tap, at output place (n, i, j). */
export interface Tap {
  readonly n: number;
  readonly i: number;
  readonly j: number;
  readonly p: number;
  readonly q: number;
  /** Flat place of the cell's first channel in the input. */
  readonly cell: number;
}

/** Visits every tap that isn't over padding, and gives the output's [batch, height, width]. */
export function visitTaps(
  input: readonly number[],
  [tall, wide]: readonly [number, number],
  stride: number,
  pad: Padding,
  visit: (tap: Tap) => void,
): readonly [number, number, number] {
  const [batch, height, width, channels] = input as Shape4;
  const vertical = layOut(height, tall, stride, pad);
  const horizontal = layOut(width, wide, stride, pad);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < vertical.out; i++)
      for (let j = 0; j < horizontal.out; j++)
        for (let p = 0; p < tall; p++)
          for (let q = 0; q < wide; q++) {
            const row = i * stride + p - vertical.before;
            const column = j * stride + q - horizontal.before;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            visit({ n, i, j, p, q, cell: ((n * height + row) * width + column) * channels });
          }
  return [batch, vertical.out, horizontal.out];
}

interface Windows {
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly stride: number;
  readonly pad: Padding;
}

/** Filter [tall, wide, channels, filters]. */
export function conv(x: number[], w: number[], { input, filter, stride, pad }: Windows): number[] {
  const [tall, wide, channels, filters] = filter as Shape4;
  const [batch, high, broad] = visitTaps(input, [tall, wide], stride, pad, () => undefined);
  const y = Array<number>(batch * high * broad * filters).fill(0);
  visitTaps(input, [tall, wide], stride, pad, ({ n, i, j, p, q, cell }) => {
    for (let k = 0; k < filters; k++)
      for (let c = 0; c < channels; c++)
        y[((n * high + i) * broad + j) * filters + k]! +=
          x[cell + c]! * w[((p * wide + q) * channels + c) * filters + k]!;
  });
  return y;
}

/** Filter [tall, wide, channels, multiplier]: output channel c·multiplier + m sees input channel c only. */
export function depthwiseConv(x: number[], w: number[], { input, filter, stride, pad }: Windows): number[] {
  const [tall, wide, channels, multiplier] = filter as Shape4;
  const [batch, high, broad] = visitTaps(input, [tall, wide], stride, pad, () => undefined);
  const y = Array<number>(batch * high * broad * channels * multiplier).fill(0);
  visitTaps(input, [tall, wide], stride, pad, ({ n, i, j, p, q, cell }) => {
    for (let k = 0; k < channels * multiplier; k++)
      y[((n * high + i) * broad + j) * channels * multiplier + k]! +=
        x[cell + Math.floor(k / multiplier)]! * w[(p * wide + q) * channels * multiplier + k]!;
  });
  return y;
}

/** The transpose of `conv`: from what `conv` gives of `input` back to `input`'s shape; filter as for `conv`. */
export function convTranspose(y: number[], w: number[], { input, filter, stride, pad }: Windows): number[] {
  const [tall, wide, channels, filters] = filter as Shape4;
  const [, high, broad] = visitTaps(input, [tall, wide], stride, pad, () => undefined);
  const x = Array<number>(input.reduce((a, b) => a * b, 1)).fill(0);
  visitTaps(input, [tall, wide], stride, pad, ({ n, i, j, p, q, cell }) => {
    for (let k = 0; k < filters; k++)
      for (let c = 0; c < channels; c++)
        x[cell + c]! +=
          y[((n * high + i) * broad + j) * filters + k]! * w[((p * wide + q) * channels + c) * filters + k]!;
  });
  return x;
}

/** Pooling over the cells of each window that aren't padding. */
export function pool(
  x: number[],
  { input, filter: [tall = 1, wide = 1], stride, pad }: Windows,
  combine: (cells: number[]) => number,
): number[] {
  const channels = input[3]!;
  const [batch, high, broad] = visitTaps(input, [tall, wide], stride, pad, () => undefined);
  const windows = Array.from({ length: batch * high * broad * channels }, (): number[] => []);
  visitTaps(input, [tall, wide], stride, pad, ({ n, i, j, cell }) => {
    for (let c = 0; c < channels; c++)
      windows[((n * high + i) * broad + j) * channels + c]!.push(x[cell + c]!);
  });
  return windows.map(combine);
}
