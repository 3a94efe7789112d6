import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
// By path: the generator is for the page and the trainer, not a part of the client's public API.
import { generateGlyphs, type GlyphOptions } from "../../src/glyphs/index.ts";
import type { Examples, LessonData } from "./lesson-data.ts";

/** How many images of each kind; the numbers of the trainer's task `glyphs`. */
export const sizes = { train: 1000, dev: 1000, validation: 1000, test: 2000 } as const;

export interface GlyphTask {
  readonly kind: "glyphs";
  /** 0 … 1: with this probability a training label is drawn anew. */
  readonly labelNoise: number;
  /** How many times more frequent the first class is than the last in the training set; 1: all alike. */
  readonly imbalance: number;
  /** Size of the training set. Undefined: as the teacher was trained for. */
  readonly examples?: number;
}

export interface GlyphLessonOptions extends Omit<GlyphTask, "kind"> {
  readonly seed: number;
  readonly classes: NonNullable<GlyphOptions["classes"]>;
}

/**
 * Images drawn from a seed; only the training set is noisy and imbalanced. The trainer draws from the seeds 1 and 2;
 * none here equals those, so that no teacher was meta-trained on what its student is tested with.
 *
 * @example
 * ```ts
 * const { train, dev, test } = drawGlyphLesson({ seed: 1, classes: "digits", labelNoise: 0.4, imbalance: 1 });
 * ```
 */
export function drawGlyphLesson(options: GlyphLessonOptions): LessonData {
  const { seed, labelNoise, imbalance, classes, examples = sizes.train } = options;
  const draw = (count: number, part: number): Examples => {
    const { images, labels, shape, classNames } = generateGlyphs({
      count,
      seed: 0x60_00_00_00 + 8 * seed + part,
      classes,
    });
    return { x: images, labels, shape, classNames };
  };
  const train =
    imbalance === 1 ? draw(examples, 0) : unbalance(examples, imbalance, (count) => draw(count, 0));
  return {
    train: { ...train, labels: addNoise(train.labels, train.classNames.length, labelNoise, seed) },
    dev: draw(sizes.dev, 1),
    validation: draw(sizes.validation, 2),
    test: draw(sizes.test, 3),
  };
}

/**
 * Class k gets a share ∝ imbalance^(−k/(K − 1)) (Cui et al. 2019, "Class-Balanced Loss"), as in the trainer's tasks:
 * the first images of each class among as many as it takes.
 */
function unbalance(count: number, imbalance: number, draw: (count: number) => Examples): Examples {
  const classes = draw(0).classNames.length;
  const wanted = sharesOut(
    count,
    Array.from({ length: classes }, (_, k) => imbalance ** (-k / (classes - 1))),
  );
  for (let pool = 2 * classes * Math.max(...wanted); ; pool *= 2) {
    const drawn = draw(pool);
    const left = [...wanted];
    const rows = [...drawn.labels.keys()].filter((i) => left[drawn.labels[i]!]!-- > 0);
    if (rows.length === count) return pickRows(drawn, rows);
  }
}

/** Whole numbers that add up to `count`, as near to the shares as they can be (largest remainders). */
function sharesOut(count: number, shares: readonly number[]): number[] {
  const all = shares.reduce((a, b) => a + b, 0);
  const exact = shares.map((share) => (count * share) / all);
  const counts = exact.map(Math.floor);
  const byRemainder = [...exact.keys()].toSorted((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b);
  const missing = count - counts.reduce((a, b) => a + b, 0);
  for (const k of byRemainder.slice(0, missing)) counts[k]! += 1;
  return counts;
}

/** Some of the examples, in the given order. */
export function pickRows(examples: Examples, rows: readonly number[]): Examples {
  const size = examples.shape.reduce((a, b) => a * b, 1);
  const x = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) x.set(examples.x.subarray(row * size, (row + 1) * size), i * size);
  return { ...examples, x, labels: Int32Array.from(rows, (row) => examples.labels[row]!) };
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
export function glyphClasses({
  name,
  classes,
}: Pick<Manifest, "name" | "classes">): GlyphLessonOptions["classes"] {
  for (const kind of ["digits", "shapes"] as const)
    if (generateGlyphs({ count: 0, seed: 0, classes: kind }).classNames.join() === classes.names.join())
      return kind;
  throw new LecternError(
    "unsupported",
    `${name} knows the classes ${classes.names.slice(0, 5).join(", ")}…, and this page draws the digits 0 to 9 or ten shapes.`,
    "Choose a teacher of the task glyphs, or drop in data of your own.",
  );
}
