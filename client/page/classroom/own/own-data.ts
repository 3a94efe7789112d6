import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { LecternError } from "@lectern/shared/errors";
import { pickRows } from "../glyph-data.ts";
import type { Examples, LessonData } from "../lesson-data.ts";
import { fitClasses, type ClassList, type Matching } from "./fit-classes.ts";

/** A user's labelled examples, as they were read: plain data. */
export interface OwnData {
  readonly kind: "table" | "images";
  /** The file's or the folder's name. */
  readonly source: string;
  /** [count, …shape]; pixels are 0 … 1, a table's numbers are as they stand there. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
  /** [count], by name. */
  readonly labels: readonly string[];
  /** Of a table: what the numbers of an example are. Of images: none. */
  readonly columns: readonly string[];
}

/** What a table's numbers were brought to mean 0 and spread 1 with. */
export interface Scaling {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

/** Fewer examples leave nothing to compare students with: a fifth of them is the test set. */
export const fewest = 40;

/** Shares of the splits; what is left trains. */
const shares = { dev: 0.15, validation: 0.1, test: 0.2 } as const;

/**
 * Cuts a user's examples into four disjoint splits in an order drawn from the seed: 55 % to train, 15 % for the teacher
 * to look at, 10 % for the curves, 20 % to test. Columns of a table are standardised by their mean and spread in the
 * training split.
 *
 * @param classes the teacher's
 * @throws LecternError `invalid-data` for too few examples or classes that aren't the teacher's
 * @example
 * ```ts
 * const { train, dev, test } = splitOwnData(own, { seed: 1, classes: teacher.manifest.classes });
 * ```
 */
export function splitOwnData(
  own: OwnData,
  { seed, classes, match = "names" }: { seed: number; classes: ClassList; match?: Matching },
): LessonData & { readonly scaling?: Scaling } {
  checkOwnData(own);
  const { classOf } = fitClasses(own.labels, classes, match);
  const { x, shape, labels } = own;
  const all: Examples = {
    x,
    shape,
    labels: Int32Array.from(labels, (label) => classOf.get(label)!),
    classNames: classes.names,
  };
  const order = shuffled(labels.length, seed);
  const take = (share: number) => pickRows(all, order.splice(0, Math.round(share * labels.length)));
  const splits = { dev: take(shares.dev), validation: take(shares.validation), test: take(shares.test) };
  const train = pickRows(all, order);
  if (own.kind === "images") return { train, ...splits };
  const scaling = scalingOf(train);
  const scale = (part: Examples) => ({ ...part, x: standardise(part.x, scaling) });
  return {
    train: scale(train),
    dev: scale(splits.dev),
    validation: scale(splits.validation),
    test: scale(splits.test),
    scaling,
  };
}

/**
 * Refuses fewer examples than four splits can be cut from.
 *
 * @throws LecternError `invalid-data`
 */
export function checkCount(source: string, count: number, what: "rows" | "images"): void {
  if (count < fewest)
    throw new LecternError(
      "invalid-data",
      `${source} has ${count} ${what}, expected at least ${fewest}: they are cut into four splits, and a fifth tests the students.`,
      `Bring more ${what}, or let the page draw glyphs.`,
    );
}

/**
 * Refuses what no students could be compared on.
 *
 * @throws LecternError `invalid-data`
 */
export function checkOwnData({ source, labels, kind }: Pick<OwnData, "source" | "labels" | "kind">): void {
  const what = kind === "table" ? "rows" : "images";
  checkCount(source, labels.length, what);
  const names = new Set(labels);
  if (names.size < 2)
    throw new LecternError(
      "invalid-data",
      `All ${what} of ${source} have the one label “${labels[0]}”, expected at least two classes.`,
      kind === "table" ? "Choose another label column." : "Put each class into a folder of its own.",
    );
}

function scalingOf({ x, labels, shape }: Examples): Scaling {
  const [columns, count] = [shape[0]!, labels.length];
  const scalings = Array.from({ length: columns }, (_, c) => {
    const values = Array.from({ length: count }, (_, row) => x[row * columns + c]!);
    // A column that never changes says nothing: it becomes 0, whatever the sum's last bit.
    if (values.every((value) => value === values[0])) return { mean: values[0]!, spread: 1 };
    const mean = values.reduce((a, b) => a + b, 0) / count;
    return { mean, spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count) };
  });
  return { mean: scalings.map(({ mean }) => mean), spread: scalings.map(({ spread }) => spread) };
}

function standardise(x: Float32Array, { mean, spread }: Scaling): Float32Array<ArrayBuffer> {
  const columns = mean.length;
  return Float32Array.from(x, (value, i) => (value - mean[i % columns]!) / spread[i % columns]!);
}

/** 0 … count − 1 in an order that the seed determines (Fisher–Yates). */
function shuffled(count: number, seed: number): number[] {
  const random = xoroshiro128plus(Math.imul(seed + 1, 0xc2b2ae35) | 0);
  for (let i = 0; i < 8; i++) random.next();
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
