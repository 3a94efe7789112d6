import { loadSome } from "./tile-store";

/**
 * Lays out B [inner, columns], whose rows are `stride` bytes apart, in panels: 8 columns each, the last one 4 if at most 4
 * are left, one k after the other, zeros where columns are missing. Panels are `panelBytes` apart. B becomes the part of them
 * that begins at k = `first`.
 */
export function packRows(
  target: usize,
  source: usize,
  inner: i32,
  columns: i32,
  stride: usize,
  panelBytes: usize,
  first: i32,
): void {
  for (let j = 0; j < columns; j += 8) {
    let from = source + ((<usize>j) << 2);
    const width = columns - j;
    let to = target + <usize>(j >> 3) * panelBytes + <usize>first * (width > 4 ? 32 : 16);
    if (width >= 8) {
      for (let k = inner; k > 0; k--) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += stride;
        to += 32;
      }
    } else if (width > 4) {
      for (let k = inner; k > 0; k--) {
        v128.store(to, v128.load(from));
        v128.store(to, loadSome(from + 16, width - 4), 16);
        from += stride;
        to += 32;
      }
    } else {
      for (let k = inner; k > 0; k--) {
        v128.store(to, loadSome(from, width));
        from += stride;
        to += 16;
      }
    }
  }
}

/**
 * As {@link packRows}, for a B that is stored transposed: [columns, inner], rows `stride` bytes apart.
 */
export function packColumns(
  target: usize,
  source: usize,
  inner: i32,
  columns: i32,
  stride: usize,
  panelBytes: usize,
  first: i32,
): void {
  for (let j = 0; j < columns; j += 8) {
    const from = source + <usize>j * stride;
    const width = columns - j;
    const step: usize = width > 4 ? 32 : 16;
    const to = target + <usize>(j >> 3) * panelBytes + <usize>first * step;
    transposeFour(to, from, inner, width, stride, step);
    if (width > 4) transposeFour(to + 16, from + 4 * stride, inner, width - 4, stride, step);
  }
}

/** Four columns of a panel from four rows; rows that aren't there give zeros. */
function transposeFour(to: usize, from: usize, inner: i32, width: i32, stride: usize, step: usize): void {
  let k = 0;
  if (width >= 4) {
    for (; k + 4 <= inner; k += 4) {
      const x0 = v128.load(from);
      const x1 = v128.load(from + stride);
      const x2 = v128.load(from + 2 * stride);
      const x3 = v128.load(from + 3 * stride);
      const low01 = i32x4.shuffle(x0, x1, 0, 4, 1, 5);
      const high01 = i32x4.shuffle(x0, x1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(x2, x3, 0, 4, 1, 5);
      const high23 = i32x4.shuffle(x2, x3, 2, 6, 3, 7);
      v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
      v128.store(to + step, i64x2.shuffle(low01, low23, 1, 3));
      v128.store(to + 2 * step, i64x2.shuffle(high01, high23, 0, 2));
      v128.store(to + 3 * step, i64x2.shuffle(high01, high23, 1, 3));
      from += 16;
      to += 4 * step;
    }
  }
  for (; k < inner; k++) {
    let x = v128.load32_zero(from);
    if (width > 1) x = v128.load_lane<f32>(from + stride, x, 1);
    if (width > 2) x = v128.load_lane<f32>(from + 2 * stride, x, 2);
    if (width > 3) x = v128.load_lane<f32>(from + 3 * stride, x, 3);
    v128.store(to, x);
    from += 4;
    to += step;
  }
}
