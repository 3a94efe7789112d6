// The loops of contraction.ts for whole tiles of four rows by eight columns, without bias or relu, whose k takes even steps: a
// panel's tiles one after the other in one function, since a call a tile, with its eight vectors to finish, took a seventh of
// the time with 16 numbers of k. A step further for evenly spaced rows, whose addresses needn't be looked up (3 %). One k at a
// time: if there are several, the compiler loads all their numbers first, and hasn't registers for them.

/** Stores a row of a tile, or adds it to what is there. */
@inline
function put(to: usize, left: v128, right: v128, adding: bool): void {
  if (adding) {
    left = f32x4.add(left, v128.load(to));
    right = f32x4.add(right, v128.load(to, 16));
  }
  v128.store(to, left);
  v128.store(to, right, 16);
}

/** Rows `aStride` bytes apart, to rows `cStride` bytes apart; `count` is a multiple of four. */
export function multiplyRows(
  a: usize,
  aStride: usize,
  c: usize,
  cStride: usize,
  count: i32,
  panel: usize,
  bStep: usize,
  step: usize,
  length: i32,
  adding: bool,
): void {
  for (; count > 0; count -= 4) {
    let a0 = a;
    let a1 = a + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    a = a3 + aStride;
    let b = panel;
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0);
      c00 = f32x4.add(c00, f32x4.mul(x0, b0));
      c01 = f32x4.add(c01, f32x4.mul(x0, b1));
      const x1 = v128.load32_splat(a1);
      c10 = f32x4.add(c10, f32x4.mul(x1, b0));
      c11 = f32x4.add(c11, f32x4.mul(x1, b1));
      const x2 = v128.load32_splat(a2);
      c20 = f32x4.add(c20, f32x4.mul(x2, b0));
      c21 = f32x4.add(c21, f32x4.mul(x2, b1));
      const x3 = v128.load32_splat(a3);
      c30 = f32x4.add(c30, f32x4.mul(x3, b0));
      c31 = f32x4.add(c31, f32x4.mul(x3, b1));
      b += bStep;
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
    }
    put(c, c00, c01, adding);
    c += cStride;
    put(c, c10, c11, adding);
    c += cStride;
    put(c, c20, c21, adding);
    c += cStride;
    put(c, c30, c31, adding);
    c += cStride;
  }
}

/** Rows that lie side by side, as in a transposed matrix: one address for four. */
export function multiplyColumns(
  a: usize,
  c: usize,
  cStride: usize,
  count: i32,
  panel: usize,
  bStep: usize,
  step: usize,
  length: i32,
  adding: bool,
): void {
  for (; count > 0; count -= 4) {
    let a0 = a;
    a += 16;
    let b = panel;
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0);
      c00 = f32x4.add(c00, f32x4.mul(x0, b0));
      c01 = f32x4.add(c01, f32x4.mul(x0, b1));
      const x1 = v128.load32_splat(a0, 4);
      c10 = f32x4.add(c10, f32x4.mul(x1, b0));
      c11 = f32x4.add(c11, f32x4.mul(x1, b1));
      const x2 = v128.load32_splat(a0, 8);
      c20 = f32x4.add(c20, f32x4.mul(x2, b0));
      c21 = f32x4.add(c21, f32x4.mul(x2, b1));
      const x3 = v128.load32_splat(a0, 12);
      c30 = f32x4.add(c30, f32x4.mul(x3, b0));
      c31 = f32x4.add(c31, f32x4.mul(x3, b1));
      b += bStep;
      a0 += step;
    }
    put(c, c00, c01, adding);
    c += cStride;
    put(c, c10, c11, adding);
    c += cStride;
    put(c, c20, c21, adding);
    c += cStride;
    put(c, c30, c31, adding);
    c += cStride;
  }
}

/** Rows by the table of contraction.ts. */
export function multiplyTable(
  table: usize,
  end: usize,
  panel: usize,
  bStep: usize,
  step: usize,
  length: i32,
  shift: usize,
  adding: bool,
): void {
  for (let tile = table; tile < end; tile += 32) {
    let a0 = load<usize>(tile);
    let a1 = load<usize>(tile, 8);
    let a2 = load<usize>(tile, 16);
    let a3 = load<usize>(tile, 24);
    let b = panel;
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0);
      c00 = f32x4.add(c00, f32x4.mul(x0, b0));
      c01 = f32x4.add(c01, f32x4.mul(x0, b1));
      const x1 = v128.load32_splat(a1);
      c10 = f32x4.add(c10, f32x4.mul(x1, b0));
      c11 = f32x4.add(c11, f32x4.mul(x1, b1));
      const x2 = v128.load32_splat(a2);
      c20 = f32x4.add(c20, f32x4.mul(x2, b0));
      c21 = f32x4.add(c21, f32x4.mul(x2, b1));
      const x3 = v128.load32_splat(a3);
      c30 = f32x4.add(c30, f32x4.mul(x3, b0));
      c31 = f32x4.add(c31, f32x4.mul(x3, b1));
      b += bStep;
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
    }
    // A tile that isn't full has its last row several times: all are read before one is stored.
    const p0 = load<usize>(tile, 4) + shift;
    const p1 = load<usize>(tile, 12) + shift;
    const p2 = load<usize>(tile, 20) + shift;
    const p3 = load<usize>(tile, 28) + shift;
    if (adding) {
      c00 = f32x4.add(c00, v128.load(p0));
      c01 = f32x4.add(c01, v128.load(p0, 16));
      c10 = f32x4.add(c10, v128.load(p1));
      c11 = f32x4.add(c11, v128.load(p1, 16));
      c20 = f32x4.add(c20, v128.load(p2));
      c21 = f32x4.add(c21, v128.load(p2, 16));
      c30 = f32x4.add(c30, v128.load(p3));
      c31 = f32x4.add(c31, v128.load(p3, 16));
    }
    put(p0, c00, c01, false);
    put(p1, c10, c11, false);
    put(p2, c20, c21, false);
    put(p3, c30, c31, false);
  }
}
