import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
// By path: the generator is for the page and the trainer, not a part of the client's public API.
import { generateGlyphs, type GlyphOptions, type Glyphs } from "../../src/glyphs/index.ts";

/** How many images of each kind; the numbers of the trainer's task `glyphs`. */
export const sizes = { train: 1000, dev: 1000, validation: 1000, test: 2000 } as const;

/** One student's data. Only the training labels are noisy. */
export type LessonData = Readonly<Record<keyof typeof sizes, Glyphs>>;

export interface DataOptions {
  readonly seed: number;
  readonly labelNoise: number;
  readonly classes: NonNullable<GlyphOptions["classes"]>;
  /** Size of the training set. */
  readonly subset?: number;
}

/**
 * Images drawn from a seed. The trainer draws from the seeds 1 and 2; none here equals those, so that no teacher was
 * meta-trained on what its student is tested with.
 */
export function drawLessonData({ seed, labelNoise, classes, subset = sizes.train }: DataOptions): LessonData {
  const draw = (count: number, part: number) =>
    generateGlyphs({ count, seed: 0x60_00_00_00 + 8 * seed + part, classes });
  const train = draw(subset, 0);
  return {
    train: { ...train, labels: addNoise(train.labels, train.classNames.length, labelNoise, seed) },
    dev: draw(sizes.dev, 1),
    validation: draw(sizes.validation, 2),
    test: draw(sizes.test, 3),
  };
}

/** The labels, each redrawn with probability `labelNoise` uniformly over all classes, the right one included. */
function addNoise(
  labels: Int32Array,
  classes: number,
  labelNoise: number,
  seed: number,
): Int32Array<ArrayBuffer> {
  const random = xoroshiro128plus(Math.imul(seed + 1, 0x9e3779b1) | 0);
  for (let i = 0; i < 8; i++) random.next();
  return Int32Array.from(labels, (label) => {
    const chance = uniformFloat64(random);
    const other = uniformInt(random, 0, classes - 1);
    return chance < labelNoise ? other : label;
  });
}

/**
 * Which of the generator's two sets of ten classes a teacher knows.
 *
 * @throws LecternError `unsupported` for neither
 */
export function glyphClasses({ name, classes }: Pick<Manifest, "name" | "classes">): DataOptions["classes"] {
  for (const kind of ["digits", "shapes"] as const)
    if (generateGlyphs({ count: 0, seed: 0, classes: kind }).classNames.join() === classes.names.join())
      return kind;
  throw new LecternError(
    "unsupported",
    `${name} knows the classes ${classes.names.slice(0, 5).join(", ")}…, and this page draws the digits 0 to 9 or ten shapes.`,
    "Choose a teacher of the task glyphs.",
  );
}
