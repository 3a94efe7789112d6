// Winograd's minimal filtering F(2×2, 3×3): Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016),
// section 4.1. A tile of 2 × 2 outputs of a 3 × 3 convolution comes from 4 × 4 inputs:
//
//   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
//
// where ⊙, summed over channels, is 16 products of matrices with 16 multiplications a tile, channel and filter instead of
// 36. The gradient with respect to g is the transposed map: Gᵀ [(A dY Aᵀ) ⊙ (Bᵀ d B)] G.
//
// Transformed tiles lie one after the other, 16 vectors of channels each. Channels come in fours.

/** Bytes between tiles: with powers of two from one to the next, all would compete for the same lines of the cache. */
const tileGap: usize = 64;

/** Bᵀ d B of each tile of the images [count, …], which are padded so that all tiles are inside; rows `rowBytes` apart. */
export function winogradInput(
  tiles: usize,
  images: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  rowBytes: usize,
  imageBytes: usize,
): void {
  const pixel = (<usize>channels) << 2;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++) {
        const corner = images + <usize>(2 * i) * rowBytes + <usize>(2 * j) * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          // Rows first: each row's four results are kept as they are needed below.
          let row = corner + c;
          let d0 = v128.load(row);
          let d1 = v128.load(row + pixel);
          let d2 = v128.load(row + 2 * pixel);
          let d3 = v128.load(row + 3 * pixel);
          const r00 = f32x4.sub(d0, d2);
          const r01 = f32x4.add(d1, d2);
          const r02 = f32x4.sub(d2, d1);
          const r03 = f32x4.sub(d1, d3);
          row += 2 * rowBytes;
          d0 = v128.load(row);
          d1 = v128.load(row + pixel);
          d2 = v128.load(row + 2 * pixel);
          d3 = v128.load(row + 3 * pixel);
          const r20 = f32x4.sub(d0, d2);
          const r21 = f32x4.add(d1, d2);
          const r22 = f32x4.sub(d2, d1);
          const r23 = f32x4.sub(d1, d3);
          const to = tiles + c;
          v128.store(to, f32x4.sub(r00, r20));
          v128.store(to + pixel, f32x4.sub(r01, r21));
          v128.store(to + 2 * pixel, f32x4.sub(r02, r22));
          v128.store(to + 3 * pixel, f32x4.sub(r03, r23));
          row -= rowBytes;
          d0 = v128.load(row);
          d1 = v128.load(row + pixel);
          d2 = v128.load(row + 2 * pixel);
          d3 = v128.load(row + 3 * pixel);
          const r10 = f32x4.sub(d0, d2);
          const r11 = f32x4.add(d1, d2);
          const r12 = f32x4.sub(d2, d1);
          const r13 = f32x4.sub(d1, d3);
          v128.store(to + 4 * pixel, f32x4.add(r10, r20));
          v128.store(to + 5 * pixel, f32x4.add(r11, r21));
          v128.store(to + 6 * pixel, f32x4.add(r12, r22));
          v128.store(to + 7 * pixel, f32x4.add(r13, r23));
          v128.store(to + 8 * pixel, f32x4.sub(r20, r10));
          v128.store(to + 9 * pixel, f32x4.sub(r21, r11));
          v128.store(to + 10 * pixel, f32x4.sub(r22, r12));
          v128.store(to + 11 * pixel, f32x4.sub(r23, r13));
          row += 2 * rowBytes;
          d0 = v128.load(row);
          d1 = v128.load(row + pixel);
          d2 = v128.load(row + 2 * pixel);
          d3 = v128.load(row + 3 * pixel);
          v128.store(to + 12 * pixel, f32x4.sub(r10, f32x4.sub(d0, d2)));
          v128.store(to + 13 * pixel, f32x4.sub(r11, f32x4.add(d1, d2)));
          v128.store(to + 14 * pixel, f32x4.sub(r12, f32x4.sub(d2, d1)));
          v128.store(to + 15 * pixel, f32x4.sub(r13, f32x4.sub(d1, d3)));
        }
        tiles += 16 * pixel + tileGap;
      }
    }
    images += imageBytes;
  }
}

/** No less than zero, but NaN where infinity came in, whose sign may be that of another term. */
@inline
function cutOff(v: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.pmax(f32x4.add(v, f32x4.mul(v, zero)), zero);
}

/** Y = Aᵀ M A of each tile, with a bias (0 for none) added and cut off at zero if wanted. */
export function winogradOutput(
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
): void {
  const pixel = (<usize>channels) << 2;
  const rowBytes = <usize>width * pixel;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++) {
        const corner = y + <usize>(2 * i) * rowBytes + <usize>(2 * j) * pixel;
        const right = 2 * j + 1 < width;
        const below = 2 * i + 1 < height;
        for (let c: usize = 0; c < pixel; c += 16) {
          const from = tiles + c;
          let m0 = v128.load(from);
          let m1 = v128.load(from + 4 * pixel);
          let m2 = v128.load(from + 8 * pixel);
          let m3 = v128.load(from + 12 * pixel);
          const s00 = f32x4.add(f32x4.add(m0, m1), m2);
          const s10 = f32x4.sub(f32x4.sub(m1, m2), m3);
          m0 = v128.load(from + pixel);
          m1 = v128.load(from + 5 * pixel);
          m2 = v128.load(from + 9 * pixel);
          m3 = v128.load(from + 13 * pixel);
          const s01 = f32x4.add(f32x4.add(m0, m1), m2);
          const s11 = f32x4.sub(f32x4.sub(m1, m2), m3);
          m0 = v128.load(from + 2 * pixel);
          m1 = v128.load(from + 6 * pixel);
          m2 = v128.load(from + 10 * pixel);
          m3 = v128.load(from + 14 * pixel);
          const s02 = f32x4.add(f32x4.add(m0, m1), m2);
          const s12 = f32x4.sub(f32x4.sub(m1, m2), m3);
          m0 = v128.load(from + 3 * pixel);
          m1 = v128.load(from + 7 * pixel);
          m2 = v128.load(from + 11 * pixel);
          m3 = v128.load(from + 15 * pixel);
          const s03 = f32x4.add(f32x4.add(m0, m1), m2);
          const s13 = f32x4.sub(f32x4.sub(m1, m2), m3);
          let y00 = f32x4.add(f32x4.add(s00, s01), s02);
          let y01 = f32x4.sub(f32x4.sub(s01, s02), s03);
          let y10 = f32x4.add(f32x4.add(s10, s11), s12);
          let y11 = f32x4.sub(f32x4.sub(s11, s12), s13);
          if (bias != 0) {
            const more = v128.load(bias + c);
            y00 = f32x4.add(y00, more);
            y01 = f32x4.add(y01, more);
            y10 = f32x4.add(y10, more);
            y11 = f32x4.add(y11, more);
          }
          if (relu) {
            y00 = cutOff(y00);
            y01 = cutOff(y01);
            y10 = cutOff(y10);
            y11 = cutOff(y11);
          }
          const to = corner + c;
          v128.store(to, y00);
          if (right) v128.store(to + pixel, y01);
          if (below) v128.store(to + rowBytes, y10);
          if (below && right) v128.store(to + rowBytes + pixel, y11);
        }
        tiles += 16 * pixel + tileGap;
      }
    }
    y += <usize>height * rowBytes;
  }
}

/** A dY Aᵀ of each tile; what lies outside dY is zero. */
export function winogradGradient(
  tiles: usize,
  dy: usize,
  count: i32,
  tileRows: i32,
  tileColumns: i32,
  channels: i32,
  height: i32,
  width: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const rowBytes = <usize>width * pixel;
  const zero = f32x4.splat(0);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < tileRows; i++) {
      for (let j = 0; j < tileColumns; j++) {
        const corner = dy + <usize>(2 * i) * rowBytes + <usize>(2 * j) * pixel;
        const right = 2 * j + 1 < width;
        const below = 2 * i + 1 < height;
        for (let c: usize = 0; c < pixel; c += 16) {
          const from = corner + c;
          const y00 = v128.load(from);
          const y01 = right ? v128.load(from + pixel) : zero;
          const y10 = below ? v128.load(from + rowBytes) : zero;
          const y11 = below && right ? v128.load(from + rowBytes + pixel) : zero;
          const sum0 = f32x4.add(y00, y10);
          const sum1 = f32x4.add(y01, y11);
          const difference0 = f32x4.sub(y00, y10);
          const difference1 = f32x4.sub(y01, y11);
          const to = tiles + c;
          v128.store(to, y00);
          v128.store(to + pixel, f32x4.add(y00, y01));
          v128.store(to + 2 * pixel, f32x4.sub(y00, y01));
          v128.store(to + 3 * pixel, f32x4.neg(y01));
          v128.store(to + 4 * pixel, sum0);
          v128.store(to + 5 * pixel, f32x4.add(sum0, sum1));
          v128.store(to + 6 * pixel, f32x4.sub(sum0, sum1));
          v128.store(to + 7 * pixel, f32x4.neg(sum1));
          v128.store(to + 8 * pixel, difference0);
          v128.store(to + 9 * pixel, f32x4.add(difference0, difference1));
          v128.store(to + 10 * pixel, f32x4.sub(difference0, difference1));
          v128.store(to + 11 * pixel, f32x4.neg(difference1));
          v128.store(to + 12 * pixel, f32x4.neg(y10));
          v128.store(to + 13 * pixel, f32x4.neg(f32x4.add(y10, y11)));
          v128.store(to + 14 * pixel, f32x4.sub(y11, y10));
          v128.store(to + 15 * pixel, y11);
        }
        tiles += 16 * pixel + tileGap;
      }
    }
    dy += <usize>height * rowBytes;
  }
}
