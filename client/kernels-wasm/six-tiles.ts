import { gatherOutputs, gatherSix, spreadFour, spreadSix, spreadTwo } from "./six-points";

// Tiles of 6 × 6 inputs for m × m outputs of a convolution without stride: m = 4 for a window of 3 × 3, m = 2 for 5 × 5.
// Both are six-points.ts in each of the two directions, and differ in the outputs' and the filter's transforms only.
//
// A transformed tile is 36 vectors of channels, `spacing` bytes apart; tiles lie `step` bytes apart. There are four channels
// at least; if they don't come in fours, the last four overlap the ones before. `work` is room for 36 vectors. Images are
// padded, or will be cropped, so that all tiles are inside (pad.ts).

/** Bᵀ d B of each tile of the images [count, …], rows `rowBytes` apart. */
export function sixInput(
  m: i32,
  tiles: usize,
  step: usize,
  spacing: usize,
  images: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  rowBytes: usize,
  imageBytes: usize,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const last = pixel - 16;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++) {
        const corner = images + <usize>(m * i) * rowBytes + <usize>(m * j) * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          const at = min(c, last);
          let row = corner + at;
          for (let p: usize = 0; p < 576; p += 96) {
            spreadSix(
              work + p,
              16,
              v128.load(row),
              v128.load(row + pixel),
              v128.load(row + 2 * pixel),
              v128.load(row + 3 * pixel),
              v128.load(row + 4 * pixel),
              v128.load(row + 5 * pixel),
            );
            row += rowBytes;
          }
          let to = tiles + at;
          for (let k: usize = 0; k < 96; k += 16) {
            const from = work + k;
            spreadSix(
              to,
              6 * spacing,
              v128.load(from),
              v128.load(from, 96),
              v128.load(from, 192),
              v128.load(from, 288),
              v128.load(from, 384),
              v128.load(from, 480),
            );
            to += spacing;
          }
        }
        tiles += step;
      }
    }
    images += imageBytes;
  }
}

/** y = Aᵀ M A of each tile, with a bias (0 for none) added and cut off at zero if wanted: [count, m·rows, m·columns, channels]. */
export function sixOutput(
  m: i32,
  y: usize,
  tiles: usize,
  step: usize,
  spacing: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  bias: usize,
  relu: bool,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const last = pixel - 16;
  const rowBytes = <usize>(m * tileColumns) * pixel;
  const zero = f32x4.splat(0);
  const least = relu ? zero : f32x4.splat(-Infinity);
  for (let i = count * tileRows; i > 0; i--) {
    for (let j = 0; j < tileColumns; j++) {
      const corner = y + <usize>(m * j) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = min(c, last);
        const more = bias == 0 ? zero : v128.load(bias + at);
        let from = tiles + at;
        for (let k: usize = 0; k < 96; k += 16) {
          const v0 = v128.load(from);
          const v1 = v128.load(from + 6 * spacing);
          const v2 = v128.load(from + 12 * spacing);
          const v3 = v128.load(from + 18 * spacing);
          const v4 = v128.load(from + 24 * spacing);
          const v5 = v128.load(from + 30 * spacing);
          gatherOutputs(m, work + k, 96, v0, v1, v2, v3, v4, v5, false, zero, zero);
          from += spacing;
        }
        let row = work;
        let to = corner + at;
        for (let p = 0; p < m; p++) {
          const v0 = v128.load(row);
          const v1 = v128.load(row, 16);
          const v2 = v128.load(row, 32);
          const v3 = v128.load(row, 48);
          const v4 = v128.load(row, 64);
          const v5 = v128.load(row, 80);
          gatherOutputs(m, to, pixel, v0, v1, v2, v3, v4, v5, true, more, least);
          row += 96;
          to += rowBytes;
        }
      }
      tiles += step;
    }
    y += <usize>m * rowBytes;
  }
}

/** A dY Aᵀ of each tile of dY [count, m·rows, m·columns, channels]. */
export function sixGradient(
  m: i32,
  tiles: usize,
  step: usize,
  spacing: usize,
  dy: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const last = pixel - 16;
  const rowBytes = <usize>(m * tileColumns) * pixel;
  for (let i = count * tileRows; i > 0; i--) {
    for (let j = 0; j < tileColumns; j++) {
      const corner = dy + <usize>(m * j) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = min(c, last);
        let row = corner + at;
        let line = work;
        for (let p = 0; p < m; p++) {
          const y0 = v128.load(row);
          const y1 = v128.load(row + pixel);
          if (m == 2) spreadTwo(line, 16, y0, y1);
          else spreadFour(line, 16, y0, y1, v128.load(row + 2 * pixel), v128.load(row + 3 * pixel));
          line += 96;
          row += rowBytes;
        }
        let to = tiles + at;
        for (let k: usize = 0; k < 96; k += 16) {
          const y0 = v128.load(work + k);
          const y1 = v128.load(work + k, 96);
          if (m == 2) spreadTwo(to, 6 * spacing, y0, y1);
          else spreadFour(to, 6 * spacing, y0, y1, v128.load(work + k, 192), v128.load(work + k, 288));
          to += spacing;
        }
      }
      tiles += step;
    }
    dy += <usize>m * rowBytes;
  }
}

/** Adds B M Bᵀ of each tile to the images where the tile lies; rows `rowBytes` apart. Channels come in fours. */
export function sixAdd(
  m: i32,
  images: usize,
  tiles: usize,
  step: usize,
  spacing: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  rowBytes: usize,
  imageBytes: usize,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++) {
        const corner = images + <usize>(m * i) * rowBytes + <usize>(m * j) * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          let from = tiles + c;
          for (let k: usize = 0; k < 96; k += 16) {
            const v0 = v128.load(from);
            const v1 = v128.load(from + 6 * spacing);
            const v2 = v128.load(from + 12 * spacing);
            const v3 = v128.load(from + 18 * spacing);
            const v4 = v128.load(from + 24 * spacing);
            const v5 = v128.load(from + 30 * spacing);
            gatherSix(work + k, 96, v0, v1, v2, v3, v4, v5, false);
            from += spacing;
          }
          let to = corner + c;
          for (let row = work; row < work + 576; row += 96) {
            const v0 = v128.load(row);
            const v1 = v128.load(row, 16);
            const v2 = v128.load(row, 32);
            const v3 = v128.load(row, 48);
            const v4 = v128.load(row, 64);
            const v5 = v128.load(row, 80);
            gatherSix(to, pixel, v0, v1, v2, v3, v4, v5, true);
            to += rowBytes;
          }
        }
        tiles += step;
      }
    }
    images += imageBytes;
  }
}
