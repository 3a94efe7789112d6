/**
 * Draws line segments with a round pen, anti-aliased, on a square of `size` pixels. Only + − × ÷ and comparisons:
 * their results are fixed by IEEE 754, so every engine draws the same bits.
 */
export interface Ink {
  readonly size: number;
  /** [size, size] row-major, darkness in [0, 1]. */
  readonly darkness: Float64Array;
}

/**
 * One segment from (x0, y0) to (x1, y1), in pixels, with a pen of radius `radius` ≥ 0.5; darker ink wins.
 *
 * The edge fades over one pixel, linearly in the squared distance d²: ((r + ½)² − d²) / 2r is 1 at r − ½ and 0 at
 * r + ½, and needs no square root.
 */
export function drawSegment(
  { size, darkness }: Ink,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  radius: number,
  strength: number,
): void {
  const reach = radius + 0.5;
  const reachSquared = reach * reach;
  const edge = strength / (2 * radius);
  const dx = x1 - x0;
  const dy = y1 - y0;
  const lengthSquared = dx * dx + dy * dy;
  const inverse = lengthSquared > 0 ? 1 / lengthSquared : 0;
  // Pixel (i, j) is looked at in its centre, (i + ½, j + ½).
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach - 0.5));
  const right = Math.min(size - 1, Math.floor(Math.max(x0, x1) + reach - 0.5));
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach - 0.5));
  const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1) + reach - 0.5));
  for (let j = top; j <= bottom; j++) {
    const py = j + 0.5 - y0;
    for (let i = left; i <= right; i++) {
      const px = i + 0.5 - x0;
      let along = (px * dx + py * dy) * inverse;
      along = along < 0 ? 0 : along > 1 ? 1 : along;
      const ex = px - along * dx;
      const ey = py - along * dy;
      let value = (reachSquared - ex * ex - ey * ey) * edge;
      if (value > strength) value = strength;
      const at = j * size + i;
      if (value > darkness[at]!) darkness[at] = value;
    }
  }
}

/** How many straight pieces a curve gets between two of its points. */
const pieces = 4;

/**
 * A stroke through the points x₀, y₀, x₁, y₁, … (pixels): straight, or a uniform Catmull–Rom spline whose end points
 * are doubled.
 */
export function drawStroke(
  ink: Ink,
  points: readonly number[],
  smooth: boolean,
  radius: number,
  strength: number,
): void {
  const last = points.length / 2 - 1;
  const coordinate = (index: number, axis: 0 | 1) =>
    points[2 * (index < 0 ? 0 : index > last ? last : index) + axis]!;
  let x = points[0]!;
  let y = points[1]!;
  for (let i = 0; i < last; i++) {
    const steps = smooth ? pieces : 1;
    for (let s = 1; s <= steps; s++) {
      const t = s / steps;
      const nextX = smooth
        ? spline(coordinate(i - 1, 0), coordinate(i, 0), coordinate(i + 1, 0), coordinate(i + 2, 0), t)
        : coordinate(i + 1, 0);
      const nextY = smooth
        ? spline(coordinate(i - 1, 1), coordinate(i, 1), coordinate(i + 1, 1), coordinate(i + 2, 1), t)
        : coordinate(i + 1, 1);
      drawSegment(ink, [x, y, nextX, nextY], radius, strength);
      x = nextX;
      y = nextY;
    }
  }
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
