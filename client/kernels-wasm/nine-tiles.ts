import { gatherEven, gatherNine, spreadEven, spreadOutputs } from "./nine-points";

// Tiles of 9 × 9 inputs for 4 × 4 outputs of a 3 × 3 convolution with a stride of 2: nine-points.ts in both directions,
// 81 multiplications instead of 144. Neighbours share a row or a column of inputs.
//
// A transformed tile is 81 vectors of channels in four parts, so that what is multiplied by the same numbers of the filter is
// evenly spaced: 5 × 5 points; 5 points × 4 odd columns; 4 odd rows × 5 points; 4 odd rows × 4 odd columns. Otherwise as
// six-tiles.ts has it; `work` is room for 81 vectors.

const oddColumns: usize = 25;
const oddRows: usize = 45;
const oddBoth: usize = 65;

/** Bytes between rows of `work`. */
const line: usize = 144;

/** Where a column of a tile's transform begins: its five points, at `points`, and its odd places, at `odd`. */
let points: usize;
let odd: usize;
/** Bytes from one to the next. */
let apart: usize;

@inline
function findColumn(column: i32, tile: usize, spacing: usize): void {
  if (column < 5) {
    points = tile + <usize>column * spacing;
    odd = points + oddRows * spacing;
    apart = 5 * spacing;
  } else {
    points = tile + (oddColumns + <usize>(column - 5)) * spacing;
    odd = tile + (oddBoth + <usize>(column - 5)) * spacing;
    apart = 4 * spacing;
  }
}

/** Bᵀ d B of each tile of the images [count, …], rows `rowBytes` apart. */
export function nineInput(
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
        const corner = images + <usize>(8 * i) * rowBytes + <usize>(8 * j) * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          const at = min(c, last);
          let row = corner + at;
          for (let p: usize = 0; p < 9 * line; p += line) {
            spreadEven(
              work + p,
              16,
              v128.load(row),
              v128.load(row + 2 * pixel),
              v128.load(row + 4 * pixel),
              v128.load(row + 6 * pixel),
              v128.load(row + 8 * pixel),
            );
            v128.store(work + p, v128.load(row + pixel), 80);
            v128.store(work + p, v128.load(row + 3 * pixel), 96);
            v128.store(work + p, v128.load(row + 5 * pixel), 112);
            v128.store(work + p, v128.load(row + 7 * pixel), 128);
            row += rowBytes;
          }
          for (let k = 0; k < 9; k++) {
            const from = work + (<usize>k << 4);
            findColumn(k, tiles + at, spacing);
            spreadEven(
              points,
              apart,
              v128.load(from),
              v128.load(from, 2 * line),
              v128.load(from, 4 * line),
              v128.load(from, 6 * line),
              v128.load(from, 8 * line),
            );
            v128.store(odd, v128.load(from, line));
            v128.store(odd + apart, v128.load(from, 3 * line));
            v128.store(odd + 2 * apart, v128.load(from, 5 * line));
            v128.store(odd + 3 * apart, v128.load(from, 7 * line));
          }
        }
        tiles += step;
      }
    }
    images += imageBytes;
  }
}

/** y = Aᵀ M A of each tile, with a bias (0 for none) added and cut off at zero if wanted: [count, 4·rows, 4·columns, channels]. */
export function nineOutput(
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
  const rowBytes = <usize>(4 * tileColumns) * pixel;
  const zero = f32x4.splat(0);
  const least = relu ? zero : f32x4.splat(-Infinity);
  for (let i = count * tileRows; i > 0; i--) {
    for (let j = 0; j < tileColumns; j++) {
      const corner = y + <usize>(4 * j) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = min(c, last);
        const more = bias == 0 ? zero : v128.load(bias + at);
        for (let k = 0; k < 9; k++) {
          findColumn(k, tiles + at, spacing);
          const v0 = v128.load(points);
          const v1 = v128.load(points + apart);
          const v2 = v128.load(points + 2 * apart);
          const v3 = v128.load(points + 3 * apart);
          const v4 = v128.load(points + 4 * apart);
          const to = work + (<usize>k << 4);
          gatherNine(to, line, v0, v1, v2, v3, v4, odd, apart, false, zero, zero);
        }
        let to = corner + at;
        for (let row = work; row < work + 4 * line; row += line) {
          const v0 = v128.load(row);
          const v1 = v128.load(row, 16);
          const v2 = v128.load(row, 32);
          const v3 = v128.load(row, 48);
          const v4 = v128.load(row, 64);
          gatherNine(to, pixel, v0, v1, v2, v3, v4, row + 80, 16, true, more, least);
          to += rowBytes;
        }
      }
      tiles += step;
    }
    y += 4 * rowBytes;
  }
}

/** A dY Aᵀ of each tile of dY [count, 4·rows, 4·columns, channels]. */
export function nineGradient(
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
  const rowBytes = <usize>(4 * tileColumns) * pixel;
  for (let i = count * tileRows; i > 0; i--) {
    for (let j = 0; j < tileColumns; j++) {
      const corner = dy + <usize>(4 * j) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = min(c, last);
        let row = corner + at;
        for (let p: usize = 0; p < 4 * line; p += line) {
          const y0 = v128.load(row);
          const y1 = v128.load(row + pixel);
          const y2 = v128.load(row + 2 * pixel);
          const y3 = v128.load(row + 3 * pixel);
          spreadOutputs(work + p, 16, y0, y1, y2, y3);
          v128.store(work + p, y0, 80);
          v128.store(work + p, y1, 96);
          v128.store(work + p, y2, 112);
          v128.store(work + p, y3, 128);
          row += rowBytes;
        }
        for (let k = 0; k < 9; k++) {
          const from = work + (<usize>k << 4);
          findColumn(k, tiles + at, spacing);
          const y0 = v128.load(from);
          const y1 = v128.load(from, line);
          const y2 = v128.load(from, 2 * line);
          const y3 = v128.load(from, 3 * line);
          spreadOutputs(points, apart, y0, y1, y2, y3);
          v128.store(odd, y0);
          v128.store(odd + apart, y1);
          v128.store(odd + 2 * apart, y2);
          v128.store(odd + 3 * apart, y3);
        }
      }
      tiles += step;
    }
    dy += 4 * rowBytes;
  }
}

@inline
function addTo(address: usize, values: v128): void {
  v128.store(address, f32x4.add(v128.load(address), values));
}

/** Adds B M Bᵀ of each tile to the images where the tile lies; rows `rowBytes` apart. Channels come in fours. */
export function nineAdd(
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
        const corner = images + <usize>(8 * i) * rowBytes + <usize>(8 * j) * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          for (let k = 0; k < 9; k++) {
            const to = work + (<usize>k << 4);
            findColumn(k, tiles + c, spacing);
            const v0 = v128.load(points);
            const v1 = v128.load(points + apart);
            const v2 = v128.load(points + 2 * apart);
            const v3 = v128.load(points + 3 * apart);
            const v4 = v128.load(points + 4 * apart);
            gatherEven(to, 2 * line, v0, v1, v2, v3, v4, false);
            v128.store(to, v128.load(odd), line);
            v128.store(to, v128.load(odd + apart), 3 * line);
            v128.store(to, v128.load(odd + 2 * apart), 5 * line);
            v128.store(to, v128.load(odd + 3 * apart), 7 * line);
          }
          let to = corner + c;
          for (let row = work; row < work + 9 * line; row += line) {
            const v0 = v128.load(row);
            const v1 = v128.load(row, 16);
            const v2 = v128.load(row, 32);
            const v3 = v128.load(row, 48);
            const v4 = v128.load(row, 64);
            gatherEven(to, 2 * pixel, v0, v1, v2, v3, v4, true);
            addTo(to + pixel, v128.load(row, 80));
            addTo(to + 3 * pixel, v128.load(row, 96));
            addTo(to + 5 * pixel, v128.load(row, 112));
            addTo(to + 7 * pixel, v128.load(row, 128));
            to += rowBytes;
          }
        }
        tiles += step;
      }
    }
    images += imageBytes;
  }
}
