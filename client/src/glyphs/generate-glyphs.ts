import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { LecternError } from "@lectern/shared/errors";
import { drawSegment, drawStroke } from "./pen.ts";
import type { Ink } from "./pen.ts";
import { between, pick, startRandom } from "./random.ts";
import { digitNames, digits, shapeNames, shapes } from "./skeletons.ts";
import { drawWarp, warpPoints } from "./warp.ts";

export interface GlyphOptions {
  /** How many images. */
  readonly count: number;
  /** 32-bit integer. */
  readonly seed: number;
  /** Pixels a side, 8 … 64. */
  readonly size?: number;
  /** Which ten classes: handwritten digits, or shapes (circle, square, …). */
  readonly classes?: "digits" | "shapes";
}

export interface Glyphs {
  /** [count, size, size, 1], row-major, 0 (paper) … 1 (ink). */
  readonly images: Float32Array<ArrayBuffer>;
  /** [count], class indices. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly shape: readonly [number, number, 1];
  readonly classNames: readonly string[];
}

/** Tuned: an MLP with 64 hidden units errs on about 9 % after 1,000 clean examples, 20 % with 40 % label noise. */
const ranges = { halfTurn: 0.11, shear: 0.22, scale: [0.83, 1.17], shift: 0.05, wobble: 0.07 } as const;
const noise = 0.28;

/**
 * Labelled images drawn from a seed: ten classes of pen strokes, each rotated, sheared, scaled, shifted and wobbled
 * at random, among distractors (dots and scratches), with varying pen, contrast and pixel noise. Classes are drawn
 * uniformly. The same seed gives the same bits on every engine, and a larger count only appends.
 *
 * @returns images [count, size, size, 1] in [0, 1], labels [count].
 * @throws LecternError `invalid-argument` for a count, seed or size out of range.
 * @example
 * ```ts
 * const { images, labels, shape, classNames } = generateGlyphs({ count: 1000, seed: 7 });
 * ```
 */
export function generateGlyphs({ count, seed, size = 12, classes = "digits" }: GlyphOptions): Glyphs {
  expectInteger("count", count, 0, 10_000_000);
  expectInteger("seed", seed, -(2 ** 31), 2 ** 32 - 1);
  expectInteger("size", size, 8, 64);
  const skeletons = classes === "digits" ? digits : shapes;
  const random = startRandom(seed);
  const pixels = size * size;
  const images = new Float32Array(count * pixels);
  const labels = new Int32Array(count);
  const ink: Ink = { size, darkness: new Float64Array(pixels) };
  for (let i = 0; i < count; i++) {
    const label = pick(random, skeletons.length);
    labels[i] = label;
    ink.darkness.fill(0);
    const variants = skeletons[label]!;
    drawDistractors(random, ink);
    const warp = drawWarp(random, size, ranges);
    const radius = (size / 12) * between(random, 0.5, 0.95);
    for (const { points, smooth } of variants[pick(random, variants.length)]!)
      drawStroke(ink, warpPoints(warp, points), smooth, radius, 1);
    expose(random, ink.darkness, images.subarray(i * pixels, (i + 1) * pixels));
  }
  return {
    images,
    labels,
    shape: [size, size, 1],
    classNames: classes === "digits" ? digitNames : shapeNames,
  };
}

/** Up to two dots or scratches, paler than the glyph. */
function drawDistractors(random: RandomGenerator, ink: Ink): void {
  const { size } = ink;
  for (let left = pick(random, 3); left > 0; left--) {
    const x = between(random, 0, size);
    const y = between(random, 0, size);
    const dx = between(random, -0.3, 0.3) * size;
    const dy = between(random, -0.3, 0.3) * size;
    drawSegment(ink, [x, y, x + dx, y + dy], between(random, 0.5, 0.8), between(random, 0.3, 0.8));
  }
}

/** Ink to pixels: paper and ink of random darkness, then triangular noise, clipped to [0, 1]. */
function expose(random: RandomGenerator, darkness: Float64Array, image: Float32Array): void {
  const paper = between(random, 0, 0.25);
  const contrast = between(random, 0.55, 1) - paper;
  const amplitude = between(random, 0, noise);
  for (let p = 0; p < image.length; p++) {
    const jitter = (uniformFloat32(random) - uniformFloat32(random)) * amplitude;
    const value = paper + contrast * darkness[p]! + jitter;
    image[p] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}

function expectInteger(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new LecternError(
      "invalid-argument",
      `Glyphs got ${name} ${value}, expected an integer from ${low} to ${high}.`,
      `Pass a ${name} in that range.`,
    );
}
