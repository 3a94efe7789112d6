import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { LecternError } from "@lectern/shared/errors";
import { z } from "zod";
import { createRandom, deriveSeed } from "./seeds.ts";

/** How pictures are changed at random each time a student sees them. */
export const augmentation = z.strictObject({
  /** Padded by so many zeros on each side, then cut to their size at a random place. */
  crop: z.int().min(1).max(64).optional(),
  /** Mirrored left to right, one time in two. */
  flip: z.boolean().optional(),
});
export type Augmentation = z.infer<typeof augmentation>;

/**
 * Rows of pictures, changed as He et al. 2016 (section 4.2) do it: 4 pixels of padding, a random crop, a random mirror
 * image. A function of the seed, the step and the row's place in the batch alone: every contender sees the same.
 *
 * @param rows [count, height, width, channels], row-major
 * @param indices which rows, in the batch's order
 * @returns [indices.length, height, width, channels]
 * @throws LecternError `invalid-argument` for data that aren't pictures
 */
export function augmentRows(
  rows: Float32Array,
  indices: Int32Array,
  shape: readonly number[],
  { crop = 0, flip = false, seed, step }: Augmentation & { readonly seed: number; readonly step: number },
): Float32Array<ArrayBuffer> {
  const [height, width, channels] = expectPictures(shape);
  const size = height * width * channels;
  const random = createRandom(deriveSeed(seed, "other", step));
  const out = new Float32Array(indices.length * size);
  for (const [i, row] of indices.entries()) {
    // All three are always drawn: one kind of change more alters nothing of the others.
    const down = uniformInt(random, -crop, crop);
    const right = uniformInt(random, -crop, crop);
    const mirrored = uniformFloat64(random) < 0.5 && flip;
    for (let y = 0; y < height; y++) {
      const fromY = y + down;
      if (fromY < 0 || fromY >= height) continue;
      for (let x = 0; x < width; x++) {
        const cut = (mirrored ? width - 1 - x : x) + right;
        if (cut < 0 || cut >= width) continue;
        const from = row * size + (fromY * width + cut) * channels;
        const to = i * size + (y * width + x) * channels;
        for (let c = 0; c < channels; c++) out[to + c] = rows[from + c]!;
      }
    }
  }
  return out;
}

/** @throws LecternError `invalid-argument` unless the shape is a picture's: [height, width, channels] */
export function expectPictures(shape: readonly number[]): readonly [number, number, number] {
  if (shape.length === 3) return shape as readonly number[] as readonly [number, number, number];
  throw new LecternError(
    "invalid-argument",
    `Augmentation is for pictures [height, width, channels], and the task's examples have shape [${shape.join(", ")}].`,
    "Leave --augment out.",
  );
}

/** Such as "crop 4, flip". */
export const describeAugmentation = ({ crop, flip }: Augmentation): string =>
  [...(crop ? [`crop ${crop}`] : []), ...(flip ? ["flip"] : [])].join(", ");

/** From a flag: `crop,flip`, `crop:2`, `flip`; crop alone pads by 4, as for CIFAR. */
export function parseAugmentation(text: string): Augmentation {
  const parsed: Augmentation = {};
  for (const part of text.split(",").map((word) => word.trim())) {
    const [, padding] = /^crop(?::(\d+))?$/.exec(part) ?? [];
    if (part === "flip") parsed.flip = true;
    else if (/^crop(?::\d+)?$/.test(part)) parsed.crop = Number(padding ?? 4);
    else
      throw new LecternError(
        "invalid-argument",
        `--augment has ${JSON.stringify(part)}, expected crop, crop:PIXELS or flip.`,
        "Write --augment crop,flip, say.",
      );
  }
  const checked = augmentation.safeParse(parsed);
  if (checked.success) return checked.data;
  throw new LecternError(
    "invalid-argument",
    `--augment crop:${parsed.crop} pads by too few or too many pixels, expected 1 to 64.`,
    "Write --augment crop:4, say.",
  );
}
