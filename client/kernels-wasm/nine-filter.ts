import { gatherThree, spreadThree } from "./nine-points";

// The filters' side of nine-tiles.ts. A filter of 3 × 3 planes is transformed to 6 × 6, in the same four parts: 5 × 5, 5 × 1,
// 1 × 5 and 1. Planes as six-filter.ts has them.

/** The place of row i, column j of 6 × 6. */
@inline
function placeOf(i: i32, j: i32): usize {
  if (i < 5) return <usize>(j < 5 ? 5 * i + j : 25 + i);
  return <usize>(j < 5 ? 30 + j : 35);
}

/** U = G g Gᵀ. */
export function nineFilter(u: usize, step: usize, filter: usize, plane: usize, work: usize): void {
  const row = 3 * plane;
  const line = work + 576;
  for (let at: usize = 0; at < plane; at += 16) {
    let g = filter + at;
    for (let k: usize = 0; k < 48; k += 16) {
      spreadThree(work + k, 96, v128.load(g), v128.load(g + row), v128.load(g + 2 * row));
      g += plane;
    }
    for (let i = 0; i < 6; i++) {
      const from = work + <usize>(96 * i);
      spreadThree(line, 16, v128.load(from), v128.load(from, 16), v128.load(from, 32));
      for (let j = 0; j < 6; j++) v128.store(u + at + placeOf(i, j) * step, v128.load(line + (<usize>j << 4)));
    }
  }
}

/** dw = Gᵀ S G. */
export function nineFilterGradient(dw: usize, s: usize, step: usize, plane: usize, work: usize): void {
  for (let at: usize = 0; at < plane; at += 16) {
    const from = s + at;
    for (let j = 0; j < 6; j++)
      gatherThree(
        work + (<usize>j << 4),
        96,
        v128.load(from + placeOf(0, j) * step),
        v128.load(from + placeOf(1, j) * step),
        v128.load(from + placeOf(2, j) * step),
        v128.load(from + placeOf(3, j) * step),
        v128.load(from + placeOf(4, j) * step),
        v128.load(from + placeOf(5, j) * step),
      );
    let to = dw + at;
    for (let row = work; row < work + 288; row += 96) {
      gatherThree(
        to,
        plane,
        v128.load(row),
        v128.load(row, 16),
        v128.load(row, 32),
        v128.load(row, 48),
        v128.load(row, 64),
        v128.load(row, 80),
      );
      to += 3 * plane;
    }
  }
}
