import * as tf from "@tensorflow/tfjs-core";
import { createBatches, type Batches, type Examples } from "@lectern/client/lesson";
import { LecternError } from "@lectern/shared/errors";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { createRandom, deriveSeed } from "../../task/index.ts";
import { specials, type Vocabulary } from "../subwords/vocabulary.ts";
import type { Corpus } from "./corpus.ts";

/** A pair as numbers of subwords, without begin and end. */
export interface EncodedPair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** Positions that a pair needs: its longer sentence and an end. */
export const lengthOf = ({ source, target }: EncodedPair): number =>
  Math.max(source.length, target.length) + 1;

/** A corpus's pairs that need at most so many positions, in its order. */
export function encodePairs(
  { source, target }: Corpus,
  { encode }: Vocabulary,
  longest = Infinity,
): EncodedPair[] {
  return source
    .map((sentence, i) => ({ source: encode(sentence), target: encode(target[i]!) }))
    .filter((pair) => lengthOf(pair) <= longest);
}

/**
 * Pairs of like length as a student takes them: x [count, 2, width] (source and its end; begin and target), y [count, width]
 * (target and its end). Behind an end x is 0, y −1 (no class: a target of zeros) and the weight 0.
 */
export function padPairs(pairs: readonly EncodedPair[], width: number, vocabulary: number): Examples {
  const x = new Float32Array(pairs.length * 2 * width);
  const y = new Int32Array(pairs.length * width).fill(-1);
  const weights = new Float32Array(pairs.length * width);
  for (const [i, { source, target }] of pairs.entries()) {
    x.set([...source, specials.end], 2 * i * width);
    x.set([specials.begin, ...target], (2 * i + 1) * width);
    y.set([...target, specials.end], i * width);
    weights.fill(1, i * width, i * width + target.length + 1);
  }
  const tensors = {
    x: tf.tensor(x, [pairs.length, 2, width]),
    y: tf.tensor(y, [pairs.length, width], "int32"),
    weights: tf.tensor(weights, [pairs.length, width]),
  };
  return { ...tensors, count: pairs.length, classes: vocabulary, dispose: () => tf.dispose(tensors) };
}

/** Widths of up to `count` buckets with about as many pairs each; a bucket's is its longest pair's. */
export function bucketWidths(lengths: readonly number[], count: number): number[] {
  const sorted = lengths.toSorted((a, b) => a - b);
  const ends = Array.from(
    { length: count },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / count) - 1]!,
  );
  return [...new Set(ends)];
}

export interface Buckets {
  /** Of the bucket that the last step asked for. */
  readonly train: Examples;
  readonly batches: Batches;
  /** Share of positions that hold a word or an end, over all pairs. */
  readonly filled: number;
}

export interface BucketOptions {
  readonly vocabulary: number;
  readonly batchSize: number;
  readonly buckets?: number;
  /** Of the order of the batches. */
  readonly seed: number;
}

/**
 * Batches of pairs of like length, as wide as their bucket. In each epoch every bucket is shuffled and cut into batches,
 * and all batches are shuffled; those that don't fill a batch are left to the next epoch's order.
 *
 * `train` and `batches` belong together: `batches.indices(t)`, by which a lesson and its replays begin a step, turns `train`
 * to the bucket of step t.
 *
 * @throws LecternError `invalid-argument` if there are fewer pairs than a batch takes
 * @example
 * ```ts
 * const { train, batches } = openBuckets(pairs, { vocabulary: 1500, batchSize: 32, seed: 1 });
 * await runLesson({ student, guide, train, batches, recipe });
 * ```
 */
export function openBuckets(
  pairs: readonly EncodedPair[],
  { vocabulary, batchSize, buckets = 5, seed }: BucketOptions,
): Buckets {
  if (pairs.length < batchSize)
    throw new LecternError(
      "invalid-argument",
      `There are ${pairs.length} sentence pairs, expected at least the batch size of ${batchSize}.`,
      "Pass more pairs, longer ones too, or a smaller batch size.",
    );
  // A quantile's share may be less than a batch: then fewer buckets.
  const widths = bucketWidths(pairs.map(lengthOf), Math.min(buckets, Math.floor(pairs.length / batchSize)));
  const groups = widths.map((width, i) =>
    pairs.filter((pair) => lengthOf(pair) <= width && lengthOf(pair) > (widths[i - 1] ?? 0)),
  );
  const opened = groups.flatMap((group, i) =>
    group.length === 0
      ? []
      : [
          {
            examples: padPairs(group, widths[i]!, vocabulary),
            batches: createBatches(group.length, batchSize, deriveSeed(seed, "batches", i)),
            // A group smaller than a batch is one batch of its own: createBatches makes it smaller.
            perEpoch: Math.max(1, Math.floor(group.length / batchSize)),
          },
        ],
  );
  const turns = opened.flatMap(({ perEpoch }, bucket) =>
    Array.from({ length: perEpoch }, (_, turn) => ({ bucket, turn })),
  );
  let current = opened[0]!.examples;
  const orderOf = cached((epoch) => shuffle(turns, deriveSeed(seed, "batches", opened.length, epoch)));
  const positions = groups.reduce((sum, group, i) => sum + group.length * widths[i]!, 0);
  return {
    train: {
      count: pairs.length,
      classes: vocabulary,
      get x() {
        return current.x;
      },
      get y() {
        return current.y;
      },
      get weights() {
        return current.weights!;
      },
      dispose: () => {
        for (const { examples } of opened) examples.dispose();
      },
    },
    batches: {
      batchSize,
      indices(step) {
        const epoch = Math.floor(step / turns.length);
        const { bucket, turn } = orderOf(epoch)[step % turns.length]!;
        const { examples, batches, perEpoch } = opened[bucket]!;
        current = examples;
        return batches.indices(epoch * perEpoch + turn);
      },
    },
    filled: pairs.reduce((sum, pair) => sum + pair.target.length + 1, 0) / positions,
  };
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed);
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Of the last argument, which a lesson asks for again and again. */
function cached<T>(make: (key: number) => T): (key: number) => T {
  let known: { readonly key: number; readonly value: T } | undefined;
  return (key) => (known?.key === key ? known : (known = { key, value: make(key) })).value;
}
