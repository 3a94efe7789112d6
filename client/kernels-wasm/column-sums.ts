/**
 * Sums over the rows of matrices [rows, columns], one a column. Blocks of rows are summed in float32, four columns at a time,
 * and the blocks in float64: a sum of 131,072 numbers in one float32 would be off by 1e-5, which the curvature of a network
 * with batch norm turns into 1e-2.
 *
 * A block is small: where memory is what is waited for, it has to be read nearly in order. For batch norm's passes over
 * 128 × 32 × 32 × 16 numbers, 16 KiB took 36 ms, 2 KiB 20, and one row at a time 30.
 */
const BLOCK_BYTES: i32 = 2048;

/** Rows that are taken at once, of so many matrices. */
@inline
export function rowsOfBlock(columns: i32, matrices: i32): i32 {
  const rows = BLOCK_BYTES / (matrices * (columns << 2));
  return rows < 4 ? 4 : rows > 128 ? 128 : rows;
}

/** Adds four float32 to four float64 at `address`. */
@inline
export function addToSums(address: usize, values: v128): void {
  v128.store(address, f64x2.add(v128.load(address), f64x2.promote_low_f32x4(values)));
  const high = i64x2.shuffle(values, values, 1, 1);
  v128.store(address, f64x2.add(v128.load(address, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** sums[columns] (float64, overwritten) = Σ over rows of x. */
export function sumColumns(sums: usize, x: usize, rows: i32, columns: i32): void {
  memory.fill(sums, 0, <usize>columns << 3);
  const stride = <usize>columns << 2;
  const block = rowsOfBlock(columns, 1);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      let at = x + ((<usize>column) << 2);
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      let row = 0;
      for (; row + 2 <= count; row += 2) {
        even = f32x4.add(even, v128.load(at));
        odd = f32x4.add(odd, v128.load(at + stride));
        at += stride << 1;
      }
      if (row < count) even = f32x4.add(even, v128.load(at));
      addToSums(sums + ((<usize>column) << 3), f32x4.add(even, odd));
    }
    for (; column < columns; column++) {
      let at = x + ((<usize>column) << 2);
      let sum: f64 = 0;
      for (let row = 0; row < count; row++) {
        sum += <f64>load<f32>(at);
        at += stride;
      }
      const place = sums + ((<usize>column) << 3);
      store<f64>(place, load<f64>(place) + sum);
    }
    x += <usize>count * stride;
  }
}

/** target[columns] (float32) = factor · Σ over rows of x; `sums` is work space for `columns` float64. */
function columnSums(target: usize, sums: usize, x: usize, rows: i32, columns: i32, factor: f64): void {
  sumColumns(sums, x, rows, columns);
  for (let column = 0; column < columns; column++)
    store<f32>(target + ((<usize>column) << 2), <f32>(factor * load<f64>(sums + ((<usize>column) << 3))));
}

/** {@link columnSums} of each of `count` matrices that follow each other. */
export function columnSumsOfEach(
  target: usize,
  sums: usize,
  x: usize,
  count: i32,
  rows: i32,
  columns: i32,
  factor: f64,
): void {
  const stride = <usize>columns << 2;
  for (; count > 0; count--) {
    columnSums(target, sums, x, rows, columns, factor);
    target += stride;
    x += <usize>rows * stride;
  }
}

/** target[rows] (float32) = factor · Σ over columns of x. */
export function rowSums(target: usize, x: usize, rows: i32, columns: i32, factor: f64): void {
  for (let row = 0; row < rows; row++) {
    let total: f64 = 0;
    let column = 0;
    while (column + 4 <= columns) {
      const end = min(columns & ~3, column + 512);
      let sum = f32x4.splat(0);
      for (; column < end; column += 4) {
        sum = f32x4.add(sum, v128.load(x));
        x += 16;
      }
      total +=
        <f64>(f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) +
        <f64>(f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    }
    for (; column < columns; column++) {
      total += <f64>load<f32>(x);
      x += 4;
    }
    store<f32>(target, <f32>(factor * total));
    target += 4;
  }
}
