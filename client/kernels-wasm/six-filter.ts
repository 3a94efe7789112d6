import { gatherFilter, spreadFilter } from "./six-points";

// The filters' side of six-tiles.ts, for windows of r × r = 3 × 3 or 5 × 5. A filter is r² planes of `plane` bytes
// (channels × filters, in fours), transformed 36 such planes, `step` bytes apart: if that were a power of two, all would
// compete for the same lines of the cache. `work` is room for 36 vectors.

/** U = G g Gᵀ. */
export function sixFilter(r: i32, u: usize, step: usize, filter: usize, plane: usize, work: usize): void {
  const row = <usize>r * plane;
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < plane; at += 16) {
    let g = filter + at;
    for (let k = 0; k < r; k++) {
      const g3 = r == 5 ? v128.load(g + 3 * row) : zero;
      const g4 = r == 5 ? v128.load(g + 4 * row) : zero;
      const to = work + ((<usize>k) << 4);
      spreadFilter(r, to, 96, v128.load(g), v128.load(g + row), v128.load(g + 2 * row), g3, g4);
      g += plane;
    }
    let to = u + at;
    for (let p: usize = 0; p < 576; p += 96) {
      const from = work + p;
      const g3 = r == 5 ? v128.load(from, 48) : zero;
      const g4 = r == 5 ? v128.load(from, 64) : zero;
      spreadFilter(r, to, step, v128.load(from), v128.load(from, 16), v128.load(from, 32), g3, g4);
      to += 6 * step;
    }
  }
}

/** dw = Gᵀ S G. */
export function sixFilterGradient(r: i32, dw: usize, s: usize, step: usize, plane: usize, work: usize): void {
  for (let at: usize = 0; at < plane; at += 16) {
    let from = s + at;
    for (let k: usize = 0; k < 96; k += 16) {
      gatherFilter(
        r,
        work + k,
        96,
        v128.load(from),
        v128.load(from + 6 * step),
        v128.load(from + 12 * step),
        v128.load(from + 18 * step),
        v128.load(from + 24 * step),
        v128.load(from + 30 * step),
      );
      from += step;
    }
    let to = dw + at;
    for (let p = 0; p < r; p++) {
      const row = work + <usize>(96 * p);
      gatherFilter(
        r,
        to,
        plane,
        v128.load(row),
        v128.load(row, 16),
        v128.load(row, 32),
        v128.load(row, 48),
        v128.load(row, 64),
        v128.load(row, 80),
      );
      to += <usize>r * plane;
    }
  }
}
