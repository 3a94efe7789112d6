/** Operations over windows of volumes, channels last, on plain row-major numbers in float64. */

export interface Volumes {
  /** [batch, depth, height, width, channels] */
  readonly input: number[];
  /** [depth, height, width] of a window. */
  readonly window: number[];
  readonly stride: number;
  readonly pad: "valid" | "same";
}

/** Places in the input, per channel, that each output place's window covers; `tap` is the place in the window. */
function windowsOf({ input, window, stride, pad }: Volumes): { cell: number; tap: number }[][] {
  const [batch = 0, ...sizes] = input;
  const channels = sizes.pop()!;
  const starts = sizes.map((length, axis) => {
    const size = window[axis]!;
    const out = pad === "same" ? Math.ceil(length / stride) : Math.floor((length - size) / stride) + 1;
    const before = pad === "same" ? Math.floor(Math.max((out - 1) * stride + size - length, 0) / 2) : 0;
    return Array.from({ length: out }, (_, i) => i * stride - before);
  });
  const inside = (axis: number, at: number): boolean => at >= 0 && at < sizes[axis]!;
  const all: { cell: number; tap: number }[][] = [];
  for (let n = 0; n < batch; n++)
    for (const d of starts[0]!)
      for (const h of starts[1]!)
        for (const w of starts[2]!) {
          const taps: { cell: number; tap: number }[] = [];
          for (let tap = 0; tap < window[0]! * window[1]! * window[2]!; tap++) {
            const z = d + Math.floor(tap / (window[1]! * window[2]!));
            const y = h + (Math.floor(tap / window[2]!) % window[1]!);
            const x = w + (tap % window[2]!);
            if (!inside(0, z) || !inside(1, y) || !inside(2, x)) continue;
            taps.push({ cell: (((n * sizes[0]! + z) * sizes[1]! + y) * sizes[2]! + x) * channels, tap });
          }
          all.push(taps);
        }
  return all;
}

/** Filter [depth, height, width, channels, filters]. */
export function conv3d(x: number[], w: number[], volumes: Volumes, filters: number): number[] {
  const channels = volumes.input.at(-1)!;
  return windowsOf(volumes).flatMap((taps) =>
    Array.from({ length: filters }, (_, k) => {
      let sum = 0;
      for (const { cell, tap } of taps)
        for (let c = 0; c < channels; c++) sum += x[cell + c]! * w[(tap * channels + c) * filters + k]!;
      return sum;
    }),
  );
}

export function pool3d(x: number[], volumes: Volumes, reduce: (values: number[]) => number): number[] {
  return windowsOf(volumes).flatMap((taps) =>
    Array.from({ length: volumes.input.at(-1)! }, (_, c) => reduce(taps.map(({ cell }) => x[cell + c]!))),
  );
}
