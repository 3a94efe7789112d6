// Toom and Cook's minimal filtering with six points, in one dimension: m outputs of a window of r = 7 − m numbers from six
// inputs with six multiplications, y = Aᵀ [(G g) ⊙ (Bᵀ d)] (Lavin and Gray 2016, section 4.3). The points are 0, ±1, ±q and
// infinity. Rows of Bᵀ are the products of all (x − p) but one; A and G hold powers of the points, and G divides by the
// products of the points' differences. Pairs of opposite points share their even and odd parts.

/** q: see docs/kernels.md for the errors that other points give. */
const q: f32 = 0.5;
const q2: f32 = q * q;
const q3: f32 = q2 * q;
const q4: f32 = q2 * q2;
const scale0: f32 = 1 / q2;
const scale1: f32 = 1 / (2 * (1 - q2));
const scaleQ: f32 = 1 / (2 * q2 * (q2 - 1));

/** v times a constant. */
@inline
function times(v: v128, factor: f32): v128 {
  return f32x4.mul(v, f32x4.splat(factor));
}

/** Bᵀ d. */
@inline
export function spreadSix(to: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): void {
  v128.store(to, f32x4.add(f32x4.sub(times(d0, q2), times(d2, 1 + q2)), d4));
  const even1 = f32x4.sub(d4, times(d2, q2));
  const odd1 = f32x4.sub(d3, times(d1, q2));
  v128.store(to + step, f32x4.add(even1, odd1));
  v128.store(to + 2 * step, f32x4.sub(even1, odd1));
  const evenQ = f32x4.sub(d4, d2);
  const oddQ = times(f32x4.sub(d3, d1), q);
  v128.store(to + 3 * step, f32x4.add(evenQ, oddQ));
  v128.store(to + 4 * step, f32x4.sub(evenQ, oddQ));
  v128.store(to + 5 * step, f32x4.add(f32x4.sub(times(d1, q2), times(d3, 1 + q2)), d5));
}

/** Stores v, or adds it to what is there. */
@inline
function putOrAdd(to: usize, v: v128, adding: bool): void {
  v128.store(to, adding ? f32x4.add(v128.load(to), v) : v);
}

/** B v, the transpose of {@link spreadSix}; `adding` to what is there. */
@inline
export function gatherSix(
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  v5: v128,
  adding: bool,
): void {
  const even1 = f32x4.add(v1, v2);
  const odd1 = f32x4.sub(v1, v2);
  const evenQ = f32x4.add(v3, v4);
  const oddQ = times(f32x4.sub(v3, v4), q);
  putOrAdd(to, times(v0, q2), adding);
  putOrAdd(to + step, f32x4.sub(times(f32x4.sub(v5, odd1), q2), oddQ), adding);
  const third = f32x4.add(f32x4.add(times(v0, 1 + q2), times(even1, q2)), evenQ);
  putOrAdd(to + 2 * step, f32x4.neg(third), adding);
  putOrAdd(to + 3 * step, f32x4.sub(f32x4.add(odd1, oddQ), times(v5, 1 + q2)), adding);
  putOrAdd(to + 4 * step, f32x4.add(v0, f32x4.add(even1, evenQ)), adding);
  putOrAdd(to + 5 * step, v5, adding);
}

/**
 * Stores what an output is: itself, or at last with `more` added, and no less than `least`. NaN stays NaN: it isn't less.
 * Infinity becomes NaN, since its sign may be that of another term, and one below `least` would be lost.
 */
@inline
function putOutput(to: usize, v: v128, last: bool, more: v128, least: v128): void {
  if (last) {
    const sum = f32x4.add(v, more);
    v = f32x4.pmax(f32x4.add(sum, times(sum, 0)), least);
  }
  v128.store(to, v);
}

/** Aᵀ v for m = 4 or 2 outputs; see {@link putOutput} for `last`. */
@inline
export function gatherOutputs(
  m: i32,
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  v5: v128,
  last: bool,
  more: v128,
  least: v128,
): void {
  const even1 = f32x4.add(v1, v2);
  const odd1 = f32x4.sub(v1, v2);
  const evenQ = f32x4.add(v3, v4);
  const oddQ = f32x4.sub(v3, v4);
  putOutput(to, f32x4.add(v0, f32x4.add(even1, evenQ)), last, more, least);
  const second = f32x4.add(odd1, times(oddQ, q));
  if (m == 2) {
    putOutput(to + step, f32x4.add(second, v5), last, more, least);
    return;
  }
  putOutput(to + step, second, last, more, least);
  putOutput(to + 2 * step, f32x4.add(even1, times(evenQ, q2)), last, more, least);
  putOutput(to + 3 * step, f32x4.add(f32x4.add(odd1, times(oddQ, q3)), v5), last, more, least);
}

/** A y for two numbers. */
@inline
export function spreadTwo(to: usize, step: usize, y0: v128, y1: v128): void {
  v128.store(to, y0);
  v128.store(to + step, f32x4.add(y0, y1));
  v128.store(to + 2 * step, f32x4.sub(y0, y1));
  const odd = times(y1, q);
  v128.store(to + 3 * step, f32x4.add(y0, odd));
  v128.store(to + 4 * step, f32x4.sub(y0, odd));
  v128.store(to + 5 * step, y1);
}

/** A y for four numbers. */
@inline
export function spreadFour(to: usize, step: usize, y0: v128, y1: v128, y2: v128, y3: v128): void {
  v128.store(to, y0);
  const even1 = f32x4.add(y0, y2);
  const odd1 = f32x4.add(y1, y3);
  v128.store(to + step, f32x4.add(even1, odd1));
  v128.store(to + 2 * step, f32x4.sub(even1, odd1));
  const evenQ = f32x4.add(y0, times(y2, q2));
  const oddQ = f32x4.add(times(y1, q), times(y3, q3));
  v128.store(to + 3 * step, f32x4.add(evenQ, oddQ));
  v128.store(to + 4 * step, f32x4.sub(evenQ, oddQ));
  v128.store(to + 5 * step, y3);
}

/** G g for r = 3 (g₃ and g₄ are ignored) or 5. */
@inline
export function spreadFilter(r: i32, to: usize, step: usize, g0: v128, g1: v128, g2: v128, g3: v128, g4: v128): void {
  v128.store(to, times(g0, scale0));
  let even1 = f32x4.add(g0, g2);
  let odd1 = g1;
  let evenQ = f32x4.add(g0, times(g2, q2));
  let oddQ = times(g1, q);
  if (r == 5) {
    even1 = f32x4.add(even1, g4);
    odd1 = f32x4.add(odd1, g3);
    evenQ = f32x4.add(evenQ, times(g4, q4));
    oddQ = f32x4.add(oddQ, times(g3, q3));
  }
  v128.store(to + step, times(f32x4.add(even1, odd1), scale1));
  v128.store(to + 2 * step, times(f32x4.sub(even1, odd1), scale1));
  v128.store(to + 3 * step, times(f32x4.add(evenQ, oddQ), scaleQ));
  v128.store(to + 4 * step, times(f32x4.sub(evenQ, oddQ), scaleQ));
  v128.store(to + 5 * step, r == 5 ? g4 : g2);
}

/** Gᵀ v for r = 3 or 5. */
@inline
export function gatherFilter(
  r: i32,
  to: usize,
  step: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  v5: v128,
): void {
  const even1 = times(f32x4.add(v1, v2), scale1);
  const odd1 = times(f32x4.sub(v1, v2), scale1);
  const evenQ = times(f32x4.add(v3, v4), scaleQ);
  const oddQ = times(f32x4.sub(v3, v4), scaleQ);
  v128.store(to, f32x4.add(times(v0, scale0), f32x4.add(even1, evenQ)));
  v128.store(to + step, f32x4.add(odd1, times(oddQ, q)));
  const third = f32x4.add(even1, times(evenQ, q2));
  if (r == 3) {
    v128.store(to + 2 * step, f32x4.add(third, v5));
    return;
  }
  v128.store(to + 2 * step, third);
  v128.store(to + 3 * step, f32x4.add(odd1, times(oddQ, q3)));
  v128.store(to + 4 * step, f32x4.add(f32x4.add(even1, times(evenQ, q4)), v5));
}
