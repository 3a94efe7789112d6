import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { between } from "./random.ts";

/** How a written glyph differs from its skeleton. */
export interface Warp {
  /** 2 × 3: x' = a·x + b·y + c, y' = d·x + e·y + f, from the unit box to pixels. */
  readonly affine: readonly [number, number, number, number, number, number];
  /** Displacements at the corners, edge centres and centre of the unit box: 3 × 3 of (dx, dy). */
  readonly wobble: readonly number[];
}

/** Ranges of the random warp, as shares of the box or the image. */
export interface WarpRanges {
  /** Tangent of half the largest rotation. */
  readonly halfTurn: number;
  readonly shear: number;
  readonly scale: readonly [number, number];
  readonly shift: number;
  readonly wobble: number;
}

/**
 * A random rotation, shear, scale, shift and elastic wobble, around the middle of an image of `size` pixels.
 *
 * The rotation is (1 − h², 2h) / (1 + h²) with h = tan(angle/2), so that no engine's sin or cos gets a say.
 */
export function drawWarp(random: RandomGenerator, size: number, ranges: WarpRanges): Warp {
  const h = between(random, -ranges.halfTurn, ranges.halfTurn);
  const cos = (1 - h * h) / (1 + h * h);
  const sin = (2 * h) / (1 + h * h);
  const shear = between(random, -ranges.shear, ranges.shear);
  const width = size * 0.5 * between(random, ...ranges.scale);
  const height = size * 0.7 * between(random, ...ranges.scale);
  const a = cos * width;
  const b = (cos * shear - sin) * height;
  const d = sin * width;
  const e = (sin * shear + cos) * height;
  const middleX = size * (0.5 + between(random, -ranges.shift, ranges.shift));
  const middleY = size * (0.5 + between(random, -ranges.shift, ranges.shift));
  const wobble: number[] = [];
  for (let i = 0; i < 18; i++) wobble.push(between(random, -ranges.wobble, ranges.wobble));
  return { affine: [a, b, middleX - (a + b) / 2, d, e, middleY - (d + e) / 2], wobble };
}

/** The warped points x₀, y₀, x₁, y₁, … of the unit box, in pixels. */
export function warpPoints(
  { affine: [a, b, c, d, e, f], wobble }: Warp,
  points: readonly number[],
): number[] {
  const warped: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    const wx = x + wobbleAt(wobble, x, y, 0);
    const wy = y + wobbleAt(wobble, x, y, 1);
    warped.push(a * wx + b * wy + c, d * wx + e * wy + f);
  }
  return warped;
}

/** Bilinear interpolation between the nine displacements. */
function wobbleAt(wobble: readonly number[], x: number, y: number, axis: 0 | 1): number {
  const column = x < 0.5 ? 0 : 1;
  const row = y < 0.5 ? 0 : 1;
  const u = 2 * x - column;
  const v = 2 * y - row;
  const at = (r: number, c: number) => wobble[2 * (3 * r + c) + axis]!;
  const upper = at(row, column) * (1 - u) + at(row, column + 1) * u;
  const lower = at(row + 1, column) * (1 - u) + at(row + 1, column + 1) * u;
  return upper * (1 - v) + lower * v;
}
