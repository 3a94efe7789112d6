// Minimal filtering for a stride of 2 and a window of 3, in one dimension: four outputs from nine inputs with nine
// multiplications instead of twelve. Inputs at even places meet the window's first and last number, a window of 2 without
// stride: F(4, 2) by Toom and Cook with the points 0, 1, −1, q and infinity (five products). Inputs at odd places meet the
// middle one: four products, one an output.
//
// Nine numbers are kept in the order: five points, four odd places. Those of the odd places are multiplied by the same
// number of the filter, so that a filter has six. The first five and the last four of a transform may go to different
// addresses, `to` and `odd`.

const q: f32 = 0.5;
const q2: f32 = q * q;
const q3: f32 = q2 * q;
const scale0: f32 = 1 / q;
const scale1: f32 = 1 / (2 * (1 - q));
const scale2: f32 = -1 / (2 * (1 + q));
const scaleQ: f32 = 1 / (q * (q2 - 1));

/** v times a constant. */
@inline
function times(v: v128, factor: f32): v128 {
  return f32x4.mul(v, f32x4.splat(factor));
}

/** Bᵀ d for the five even places: their polynomials are those of all (x − p) but one. */
@inline
export function spreadEven(to: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128): void {
  const difference = f32x4.sub(d3, d1);
  v128.store(to, f32x4.add(times(f32x4.sub(d0, d2), q), difference));
  v128.store(to + step, f32x4.sub(f32x4.add(d3, d2), times(f32x4.add(d2, d1), q)));
  v128.store(to + 2 * step, f32x4.sub(f32x4.sub(d3, d2), times(f32x4.sub(d2, d1), q)));
  v128.store(to + 3 * step, difference);
  v128.store(to + 4 * step, f32x4.sub(f32x4.sub(d4, d2), times(difference, q)));
}

/** Stores v, or adds it to what is there. */
@inline
function putOrAdd(to: usize, v: v128, adding: bool): void {
  v128.store(to, adding ? f32x4.add(v128.load(to), v) : v);
}

/** B v for the five even places, the transpose of {@link spreadEven}; `adding` to what is there. */
@inline
export function gatherEven(
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  adding: bool,
): void {
  const first = times(v0, q);
  const last = times(v4, q);
  const sum = f32x4.add(v1, v2);
  const difference = f32x4.sub(v1, v2);
  const both = f32x4.sub(f32x4.add(v0, v3), last);
  putOrAdd(to, first, adding);
  putOrAdd(to + step, f32x4.neg(f32x4.add(both, times(difference, q))), adding);
  putOrAdd(to + 2 * step, f32x4.sub(f32x4.sub(f32x4.sub(difference, times(sum, q)), first), v4), adding);
  putOrAdd(to + 3 * step, f32x4.add(both, sum), adding);
  putOrAdd(to + 4 * step, v4, adding);
}

/** A y for the five points. */
@inline
export function spreadOutputs(to: usize, step: usize, y0: v128, y1: v128, y2: v128, y3: v128): void {
  const even = f32x4.add(y0, y2);
  const odd = f32x4.add(y1, y3);
  v128.store(to, y0);
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + 2 * step, f32x4.sub(even, odd));
  v128.store(
    to + 3 * step,
    f32x4.add(f32x4.add(y0, times(y2, q2)), f32x4.add(times(y1, q), times(y3, q3))),
  );
  v128.store(to + 4 * step, y3);
}

/** Stores what an output is: with `more` added, and no less than `least`; see six-points.ts. */
@inline
function putOutput(to: usize, v: v128, last: bool, more: v128, least: v128): void {
  if (last) {
    const sum = f32x4.add(v, more);
    v = f32x4.pmax(f32x4.add(sum, times(sum, 0)), least);
  }
  v128.store(to, v);
}

/** Aᵀ v for five points, plus the odd places' products at `odd`. */
@inline
export function gatherNine(
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  odd: usize,
  oddStep: usize,
  last: bool,
  more: v128,
  least: v128,
): void {
  const even1 = f32x4.add(v1, v2);
  const odd1 = f32x4.sub(v1, v2);
  putOutput(to, f32x4.add(f32x4.add(v0, v3), f32x4.add(even1, v128.load(odd))), last, more, least);
  const second = f32x4.add(odd1, v128.load(odd + oddStep));
  putOutput(to + step, f32x4.add(second, times(v3, q)), last, more, least);
  const third = f32x4.add(even1, v128.load(odd + 2 * oddStep));
  putOutput(to + 2 * step, f32x4.add(third, times(v3, q2)), last, more, least);
  const fourth = f32x4.add(f32x4.add(odd1, v4), v128.load(odd + 3 * oddStep));
  putOutput(to + 3 * step, f32x4.add(fourth, times(v3, q3)), last, more, least);
}

/** G g: six numbers, five points and the middle one. */
@inline
export function spreadThree(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  v128.store(to, times(g0, scale0));
  v128.store(to + step, times(f32x4.add(g0, g2), scale1));
  v128.store(to + 2 * step, times(f32x4.sub(g0, g2), scale2));
  v128.store(to + 3 * step, times(f32x4.add(g0, times(g2, q)), scaleQ));
  v128.store(to + 4 * step, g2);
  v128.store(to + 5 * step, g1);
}

/** Gᵀ v. */
@inline
export function gatherThree(
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  v5: v128,
): void {
  const one = times(v1, scale1);
  const minus = times(v2, scale2);
  const third = times(v3, scaleQ);
  v128.store(to, f32x4.add(f32x4.add(times(v0, scale0), third), f32x4.add(one, minus)));
  v128.store(to + step, v5);
  v128.store(to + 2 * step, f32x4.add(f32x4.add(f32x4.sub(one, minus), times(third, q)), v4));
}
