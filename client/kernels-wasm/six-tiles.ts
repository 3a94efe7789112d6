import { gatherOutputs, gatherSix, spreadFour, spreadSix, spreadTwo } from "./six-points";

// Tiles of 6 × 6 inputs for m × m outputs of a convolution without stride: m = 4 for a window of 3 × 3, m = 2 for 5 × 5.
// Both are six-points.ts in each of the two directions, and differ in the outputs' and the filter's transforms only.
//
// A transformed tile is 36 vectors of channels; tiles lie one after the other, `tileGap` bytes apart. There are four
// channels at least; if they don't come in fours, the last four overlap the ones before. `work` is room for 36 vectors.

/** Bytes between tiles: with powers of two from one to the next, all would compete for the same lines of the cache. */
const tileGap: usize = 64;

/** Bᵀ d B of each tile of the images [count, …], which are padded so that all tiles are inside; rows `rowBytes` apart. */
export function sixInput(
  m: i32,
  tiles: usize,
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
              6 * pixel,
              v128.load(from),
              v128.load(from, 96),
              v128.load(from, 192),
              v128.load(from, 288),
              v128.load(from, 384),
              v128.load(from, 480),
            );
            to += pixel;
          }
        }
        tiles += 36 * pixel + tileGap;
      }
    }
    images += imageBytes;
  }
}

/** y = Aᵀ M A of each tile, with a bias (0 for none) added and cut off at zero if wanted. */
export function sixOutput(
  m: i32,
  y: usize,
  tiles: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  height: i32,
  width: i32,
  bias: usize,
  relu: bool,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const last = pixel - 16;
  const rowBytes = <usize>width * pixel;
  const zero = f32x4.splat(0);
  const least = relu ? zero : f32x4.splat(-Infinity);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      const rows = min(m, height - m * i);
      for (let j = 0; j < tileColumns; j++) {
        const corner = y + <usize>(m * i) * rowBytes + <usize>(m * j) * pixel;
        const columns = min(m, width - m * j);
        for (let c: usize = 0; c < pixel; c += 16) {
          const at = min(c, last);
          const more = bias == 0 ? zero : v128.load(bias + at);
          let from = tiles + at;
          for (let k: usize = 0; k < 96; k += 16) {
            const v0 = v128.load(from);
            const v1 = v128.load(from + 6 * pixel);
            const v2 = v128.load(from + 12 * pixel);
            const v3 = v128.load(from + 18 * pixel);
            const v4 = v128.load(from + 24 * pixel);
            const v5 = v128.load(from + 30 * pixel);
            gatherOutputs(m, work + k, 96, v0, v1, v2, v3, v4, v5, false, zero, zero);
            from += pixel;
          }
          let row = work;
          let to = corner + at;
          for (let p = 0; p < rows; p++) {
            const v0 = v128.load(row);
            const v1 = v128.load(row, 16);
            const v2 = v128.load(row, 32);
            const v3 = v128.load(row, 48);
            const v4 = v128.load(row, 64);
            const v5 = v128.load(row, 80);
            if (columns == m) gatherOutputs(m, to, pixel, v0, v1, v2, v3, v4, v5, true, more, least);
            else {
              gatherOutputs(m, row, 16, v0, v1, v2, v3, v4, v5, true, more, least);
              for (let k = 0; k < columns; k++) v128.store(to + <usize>k * pixel, v128.load(row + (<usize>k << 4)));
            }
            row += 96;
            to += rowBytes;
          }
        }
        tiles += 36 * pixel + tileGap;
      }
    }
    y += <usize>height * rowBytes;
  }
}

/** A number of dy, or zero if it lies outside. */
@inline
function loadInside(address: usize, inside: bool): v128 {
  return inside ? v128.load(address) : f32x4.splat(0);
}

/** A dY Aᵀ of each tile; what lies outside dY is zero. */
export function sixGradient(
  m: i32,
  tiles: usize,
  dy: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  height: i32,
  width: i32,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const last = pixel - 16;
  const rowBytes = <usize>width * pixel;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      const rows = min(m, height - m * i);
      for (let j = 0; j < tileColumns; j++) {
        const corner = dy + <usize>(m * i) * rowBytes + <usize>(m * j) * pixel;
        const columns = min(m, width - m * j);
        for (let c: usize = 0; c < pixel; c += 16) {
          const at = min(c, last);
          let row = corner + at;
          for (let p = 0; p < m; p++) {
            const inside = p < rows;
            const y0 = loadInside(row, inside);
            const y1 = loadInside(row + pixel, inside && columns > 1);
            const line = work + <usize>(96 * p);
            if (m == 2) spreadTwo(line, 16, y0, y1);
            else {
              const y2 = loadInside(row + 2 * pixel, inside && columns > 2);
              const y3 = loadInside(row + 3 * pixel, inside && columns > 3);
              spreadFour(line, 16, y0, y1, y2, y3);
            }
            row += rowBytes;
          }
          let to = tiles + at;
          for (let k: usize = 0; k < 96; k += 16) {
            const y0 = v128.load(work + k);
            const y1 = v128.load(work + k, 96);
            if (m == 2) spreadTwo(to, 6 * pixel, y0, y1);
            else spreadFour(to, 6 * pixel, y0, y1, v128.load(work + k, 192), v128.load(work + k, 288));
            to += pixel;
          }
        }
        tiles += 36 * pixel + tileGap;
      }
    }
    dy += <usize>height * rowBytes;
  }
}

/**
 * Adds B M Bᵀ of each tile to the images [count, height, width, channels] where the tile lies, `top` and `left` outside for
 * the first; what lies outside is dropped. Channels come in fours.
 */
export function addSix(
  m: i32,
  images: usize,
  tiles: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const rowBytes = <usize>width * pixel;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      const y = m * i - top;
      for (let j = 0; j < tileColumns; j++) {
        const x = m * j - left;
        const inside = x >= 0 && x + 6 <= width;
        for (let c: usize = 0; c < pixel; c += 16) {
          let from = tiles + c;
          for (let k: usize = 0; k < 96; k += 16) {
            const v0 = v128.load(from);
            const v1 = v128.load(from + 6 * pixel);
            const v2 = v128.load(from + 12 * pixel);
            const v3 = v128.load(from + 18 * pixel);
            const v4 = v128.load(from + 24 * pixel);
            const v5 = v128.load(from + 30 * pixel);
            gatherSix(work + k, 96, v0, v1, v2, v3, v4, v5, false);
            from += pixel;
          }
          for (let p = max(0, -y); p < min(6, height - y); p++) {
            const row = work + <usize>(96 * p);
            const v0 = v128.load(row);
            const v1 = v128.load(row, 16);
            const v2 = v128.load(row, 32);
            const v3 = v128.load(row, 48);
            const v4 = v128.load(row, 64);
            const v5 = v128.load(row, 80);
            const to = images + <usize>(y + p) * rowBytes + <usize>x * pixel + c;
            if (inside) {
              gatherSix(to, pixel, v0, v1, v2, v3, v4, v5, true);
              continue;
            }
            gatherSix(row, 16, v0, v1, v2, v3, v4, v5, false);
            for (let k = max(0, -x); k < min(6, width - x); k++) {
              const place = to + <usize>k * pixel;
              v128.store(place, f32x4.add(v128.load(place), v128.load(row + ((<usize>k) << 4))));
            }
          }
        }
        tiles += 36 * pixel + tileGap;
      }
    }
    images += <usize>height * rowBytes;
  }
}
