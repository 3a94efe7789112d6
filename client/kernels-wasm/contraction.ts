import { multiplyColumns, multiplyRows, multiplyTable } from "./register-tiles";
import { finishTile4, finishTile8 } from "./tile-store";

// One kernel serves matrix products and all three products of a convolution. It computes
//
//   C[m, n] = Σ_k A[m, k] · B[k, n]
//
// where both m and k run over grids of three nested lengths, and A's address is linear in all six indices. In a matrix
// product the grids are plain lengths; in a convolution m is (image, row, column) and k (filter row, filter column,
// channel), so that A is the image itself, read in place: patches are never written out. The gradient with respect to the
// filter has the same form with the roles of m and k swapped.
//
// B comes in panels of 8 columns (a last one of 4 if at most 4 are left), the numbers of one k side by side.
//
// A tile of 4 × 8 numbers of C stays in registers (8 of 16, with two for B and one for A) while k runs. Measured on an
// AMD EPYC (Zen 5): 64 GFLOP/s in cache, against 69 of the multipliers and adders alone; tiles of 6 × 8, 8 × 8 and 4 × 12
// need more registers than there are (33 to 57), unrolling by hand makes the compiler spill (50), and relaxed
// multiply-add is no faster (60). Two multiplications and two additions a cycle are all that 128-bit SIMD gives there.

/** Rows of C whose addresses are worked out at once; a panel of B stays in the first-level cache meanwhile. */
const blockRows: i32 = 64;

let rows0: i32, rows1: i32, rows2: i32;
let rowStride0: usize, rowStride1: usize, rowStride2: usize;
let target0: usize, target1: usize, target2: usize;
let inner0: i32, inner1: i32, inner2: i32;
let innerStep: usize, innerSkip1: usize, innerSkip0: usize;

/** The grid of m: three lengths, the strides of A over them, those of C. Strides in bytes. */
export function setRows(
  length0: i32,
  length1: i32,
  length2: i32,
  stride0: usize,
  stride1: usize,
  stride2: usize,
  targetStride0: usize,
  targetStride1: usize,
  targetStride2: usize,
): void {
  rows0 = length0;
  rows1 = length1;
  rows2 = length2;
  rowStride0 = stride0;
  rowStride1 = stride1;
  rowStride2 = stride2;
  target0 = targetStride0;
  target1 = targetStride1;
  target2 = targetStride2;
}

/** The grid of k: three lengths and the strides of A over them, in bytes. Lengths that follow each other evenly become one. */
export function setInner(
  length0: i32,
  length1: i32,
  length2: i32,
  stride0: usize,
  stride1: usize,
  stride2: usize,
): void {
  if (length1 == 1 || stride1 == <usize>length2 * stride2) {
    length2 *= length1;
    length1 = length0;
    stride1 = stride0;
    length0 = 1;
  }
  if (length1 == 1 || stride1 == <usize>length2 * stride2) {
    length2 *= length1;
    length1 = 1;
  }
  inner0 = length0;
  inner1 = length1;
  inner2 = length2;
  innerStep = stride2;
  innerSkip1 = stride1 - <usize>length2 * stride2;
  innerSkip0 = stride0 - <usize>length1 * stride1;
}

/**
 * Computes C for the grids that were set. `b` is the first panel, `panelBytes` the distance to the next, `step8` and
 * `step4` the distance between one k and the next in a wide and in a narrow panel. `accumulate` adds to C; otherwise
 * `bias` (an address, 0 for none) is added if there is one. `relu` cuts off at zero. `table` is room for 512 bytes.
 */
export function contract(
  a: usize,
  b: usize,
  panelBytes: usize,
  step8: usize,
  step4: usize,
  c: usize,
  columns: i32,
  table: usize,
  accumulate: bool,
  bias: usize,
  relu: bool,
): void {
  contractPlanes(1, 0, 0, 0, a, b, panelBytes, step8, step4, c, columns, table, accumulate, bias, relu);
}

/** As {@link contract}, for several products with the same grids, whose A, B and C lie steps of bytes apart. */
export function contractPlanes(
  planes: i32,
  aStep: usize,
  bStep: usize,
  cStep: usize,
  a: usize,
  b: usize,
  panelBytes: usize,
  step8: usize,
  step4: usize,
  c: usize,
  columns: i32,
  table: usize,
  accumulate: bool,
  bias: usize,
  relu: bool,
): void {
  const rows = rows0 * rows1 * rows2;
  const nextPlane = i32x4(<i32>aStep, <i32>cStep, <i32>aStep, <i32>cStep);
  const plain = inner0 * inner1 == 1 && bias == 0 && !relu;
  // Rows of a block are evenly spaced if they are all of the last length.
  const evenly = rows0 * rows1 == 1 || rows2 % blockRows == 0;
  let i0 = 0;
  let i1 = 0;
  let i2 = 0;
  for (let first = 0; first < rows; first += blockRows) {
    const count = min(blockRows, rows - first);
    for (let i = 0; i < count; i++) {
      store<usize>(table + ((<usize>i) << 3), a + i0 * rowStride0 + i1 * rowStride1 + i2 * rowStride2);
      store<usize>(table + ((<usize>i) << 3), c + i0 * target0 + i1 * target1 + i2 * target2, 4);
      if (++i2 == rows2) {
        i2 = 0;
        if (++i1 == rows1) {
          i1 = 0;
          i0++;
        }
      }
    }
    // A tile that isn't full computes the last row again.
    for (let i = count; (i & 3) != 0; i++)
      store<u64>(table + ((<usize>i) << 3), load<u64>(table + ((<usize>(count - 1)) << 3)));
    const end = table + ((<usize>count) << 3);
    const filled = table + ((<usize>((count + 3) & ~3)) << 3);
    let plane = b;
    for (let left = planes; ; ) {
      for (let j = 0; j < columns; j += 8) {
        const panel = plane + <usize>(j >> 3) * panelBytes;
        const shift = (<usize>j) << 2;
        const panelBias = bias == 0 ? 0 : bias + shift;
        const width = columns - j;
        if (plain && width >= 8) {
          if (!evenly || (count & 3) != 0)
            multiplyTable(table, end, panel, step8, innerStep, inner2, shift, accumulate);
          else {
            const from = load<usize>(table);
            const to = load<usize>(table, 4) + shift;
            if (rowStride2 == 4)
              multiplyColumns(from, to, target2, count, panel, step8, innerStep, inner2, accumulate);
            else multiplyRows(from, rowStride2, to, target2, count, panel, step8, innerStep, inner2, accumulate);
          }
        } else if (width > 4)
          for (let tile = table; tile < end; tile += 32)
            multiplyTile8(tile, panel, step8, shift, width, accumulate, panelBias, relu);
        else
          for (let tile = table; tile < end; tile += 32)
            multiplyTile4(tile, panel, step4, shift, width, accumulate, panelBias, relu);
      }
      if (--left == 0) break;
      plane += bStep;
      for (let row = table; row < filled; row += 16) v128.store(row, i32x4.add(v128.load(row), nextPlane));
    }
  }
}

/** Four rows by eight columns. */
function multiplyTile8(
  tile: usize,
  b: usize,
  bStep: usize,
  shift: usize,
  width: i32,
  accumulate: bool,
  bias: usize,
  relu: bool,
): void {
  let a0 = load<usize>(tile);
  let a1 = load<usize>(tile, 8);
  let a2 = load<usize>(tile, 16);
  let a3 = load<usize>(tile, 24);
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const step = innerStep;
  const length = inner2;
  for (let i0 = inner0; i0 > 0; i0--) {
    for (let i1 = inner1; i1 > 0; i1--) {
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
      a0 += innerSkip1;
      a1 += innerSkip1;
      a2 += innerSkip1;
      a3 += innerSkip1;
    }
    a0 += innerSkip0;
    a1 += innerSkip0;
    a2 += innerSkip0;
    a3 += innerSkip0;
  }
  finishTile8(tile, shift, width, accumulate, bias, relu, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** Four rows by at most four columns; odd and even k are added up apart, so that additions needn't wait for each other. */
function multiplyTile4(
  tile: usize,
  b: usize,
  bStep: usize,
  shift: usize,
  width: i32,
  accumulate: bool,
  bias: usize,
  relu: bool,
): void {
  let a0 = load<usize>(tile);
  let a1 = load<usize>(tile, 8);
  let a2 = load<usize>(tile, 16);
  let a3 = load<usize>(tile, 24);
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let d0 = c0;
  let d1 = c0;
  let d2 = c0;
  let d3 = c0;
  const step = innerStep;
  const length = inner2;
  for (let i0 = inner0; i0 > 0; i0--) {
    for (let i1 = inner1; i1 > 0; i1--) {
      for (let i = length >> 1; i > 0; i--) {
        const even = v128.load(b);
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(a0), even));
        c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(a1), even));
        c2 = f32x4.add(c2, f32x4.mul(v128.load32_splat(a2), even));
        c3 = f32x4.add(c3, f32x4.mul(v128.load32_splat(a3), even));
        b += bStep;
        a0 += step;
        a1 += step;
        a2 += step;
        a3 += step;
        const odd = v128.load(b);
        d0 = f32x4.add(d0, f32x4.mul(v128.load32_splat(a0), odd));
        d1 = f32x4.add(d1, f32x4.mul(v128.load32_splat(a1), odd));
        d2 = f32x4.add(d2, f32x4.mul(v128.load32_splat(a2), odd));
        d3 = f32x4.add(d3, f32x4.mul(v128.load32_splat(a3), odd));
        b += bStep;
        a0 += step;
        a1 += step;
        a2 += step;
        a3 += step;
      }
      if (length & 1) {
        const last = v128.load(b);
        c0 = f32x4.add(c0, f32x4.mul(v128.load32_splat(a0), last));
        c1 = f32x4.add(c1, f32x4.mul(v128.load32_splat(a1), last));
        c2 = f32x4.add(c2, f32x4.mul(v128.load32_splat(a2), last));
        c3 = f32x4.add(c3, f32x4.mul(v128.load32_splat(a3), last));
        b += bStep;
        a0 += step;
        a1 += step;
        a2 += step;
        a3 += step;
      }
      a0 += innerSkip1;
      a1 += innerSkip1;
      a2 += innerSkip1;
      a3 += innerSkip1;
    }
    a0 += innerSkip0;
    a1 += innerSkip0;
    a2 += innerSkip0;
    a3 += innerSkip0;
  }
  c0 = f32x4.add(c0, d0);
  c1 = f32x4.add(c1, d1);
  c2 = f32x4.add(c2, d2);
  c3 = f32x4.add(c3, d3);
  finishTile4(tile, shift, width, accumulate, bias, relu, c0, c1, c2, c3);
}
