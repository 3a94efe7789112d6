// The filters' side of winograd.ts. A filter is 9 planes of `plane` bytes (channels × filters), transformed 16 such planes.

/** One column of G g: g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2, g₂, planes `step` apart, from planes `from` apart. */
@inline
function spread(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  const half = f32x4.splat(0.5);
  const outer = f32x4.mul(f32x4.add(g0, g2), half);
  const inner = f32x4.mul(g1, half);
  v128.store(to, g0);
  v128.store(to + step, f32x4.add(outer, inner));
  v128.store(to + 2 * step, f32x4.sub(outer, inner));
  v128.store(to + 3 * step, g2);
}

/** U = G g Gᵀ. `work` is room for 12 vectors. */
export function winogradFilter(u: usize, filter: usize, plane: usize, work: usize): void {
  for (let at: usize = 0; at < plane; at += 16) {
    const g = filter + at;
    for (let q: usize = 0; q < 3; q++)
      spread(
        work + 16 * q,
        48,
        v128.load(g + q * plane),
        v128.load(g + (3 + q) * plane),
        v128.load(g + (6 + q) * plane),
      );
    for (let p: usize = 0; p < 4; p++) {
      const row = work + 48 * p;
      spread(u + at + 4 * p * plane, plane, v128.load(row), v128.load(row, 16), v128.load(row, 32));
    }
  }
}

/** One column of Gᵀ s: s₀ + (s₁ + s₂)/2, (s₁ − s₂)/2, (s₁ + s₂)/2 + s₃. */
@inline
function gather(to: usize, step: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  const half = f32x4.splat(0.5);
  const sum = f32x4.mul(f32x4.add(s1, s2), half);
  v128.store(to, f32x4.add(s0, sum));
  v128.store(to + step, f32x4.mul(f32x4.sub(s1, s2), half));
  v128.store(to + 2 * step, f32x4.add(sum, s3));
}

/** dw = Gᵀ S G. `work` is room for 12 vectors. */
export function winogradFilterGradient(dw: usize, s: usize, plane: usize, work: usize): void {
  for (let at: usize = 0; at < plane; at += 16) {
    for (let q: usize = 0; q < 4; q++) {
      const from = s + at + q * plane;
      gather(
        work + 16 * q,
        64,
        v128.load(from),
        v128.load(from + 4 * plane),
        v128.load(from + 8 * plane),
        v128.load(from + 12 * plane),
      );
    }
    for (let p: usize = 0; p < 3; p++) {
      const row = work + 64 * p;
      gather(
        dw + at + 3 * p * plane,
        plane,
        v128.load(row),
        v128.load(row, 16),
        v128.load(row, 32),
        v128.load(row, 48),
      );
    }
  }
}
