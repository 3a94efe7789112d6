import * as tf from "@tensorflow/tfjs-core";
import { gatherBatch } from "@lectern/client/lesson";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../../backend/index.ts";
import { specials } from "../subwords/vocabulary.ts";
import { bucketWidths, openBuckets, padPairs, type EncodedPair } from "./buckets.ts";

beforeAll(() => useBackend("wasm"));

const pair = (source: number, target: number, word: number): EncodedPair => ({
  source: Array.from({ length: source }, () => word),
  target: Array.from({ length: target }, () => word),
});

test("pairs are padded: source and end, begin and target, target and end", () => {
  const { x, y, weights, dispose } = padPairs([{ source: [7, 8], target: [9] }, pair(3, 3, 5)], 4, 12);
  const { end, begin, pad } = specials;
  expect(x.arraySync()).toEqual([
    [
      [7, 8, end, pad],
      [begin, 9, pad, pad],
    ],
    [
      [5, 5, 5, end],
      [begin, 5, 5, 5],
    ],
  ]);
  expect(y.arraySync()).toEqual([
    [9, end, -1, -1],
    [5, 5, 5, end],
  ]);
  expect(weights!.arraySync()).toEqual([
    [1, 1, 0, 0],
    [1, 1, 1, 1],
  ]);
  dispose();
});

test.each(["wasm", "cpu"])("behind an end a target is zeros, on %s", async (backend) => {
  await useBackend(backend);
  const examples = padPairs([{ source: [4], target: [4] }], 4, 6);
  const { target, weights } = gatherBatch(examples, Int32Array.of(0));
  expect(target.arraySync()).toEqual([
    [0, 0, 0, 0, 1, 0],
    [0, 0, 1, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
  ]);
  expect(Array.from(weights!.dataSync())).toEqual([1, 1, 0, 0]);
  tf.dispose([target, weights!]);
  examples.dispose();
  await useBackend("wasm");
});

test("widths share the pairs out evenly, and equal ones are one", () => {
  expect(bucketWidths([3, 4, 5, 6, 7, 8, 9, 10], 4)).toEqual([4, 6, 8, 10]);
  expect(bucketWidths([5, 5, 5, 5, 5, 9], 3)).toEqual([5, 9]);
});

/** Words from 4 name the pair. */
const pairs = Array.from({ length: 40 }, (_, i) => pair(1 + (i % 9), 1 + ((i * 7) % 9), 4 + i));
const open = (seed: number) => openBuckets(pairs, { vocabulary: 50, batchSize: 4, buckets: 4, seed });

/** Of each step the width and the pairs, by their words. */
function walk(seed: number, steps: readonly number[]): string[] {
  const { train, batches } = open(seed);
  const seen = steps.map((step) => {
    const { x } = gatherBatch(train, batches.indices(step));
    const words = x.arraySync() as number[][][];
    return `${x.shape[2]}: ${words.map(([source]) => source![0]).join(" ")}`;
  });
  train.dispose();
  return seen;
}

test("an epoch has every pair once but for what fills no batch, in batches of like length", () => {
  const { train, batches, filled } = open(3);
  const seen = new Set<number>();
  const widths = new Set<number>();
  for (let step = 0; step < 9; step++) {
    const batch = gatherBatch(train, batches.indices(step));
    const width = batch.x.shape[2]!;
    widths.add(width);
    expect(batch.x.shape).toEqual([4, 2, width]);
    expect(batch.target.shape).toEqual([4 * width, 50]);
    for (const [source] of batch.x.arraySync() as number[][][]) {
      expect(seen.has(source![0]!)).toBe(false);
      seen.add(source![0]!);
    }
    tf.dispose(batch);
  }
  expect(seen.size).toBe(36);
  expect(widths.size).toBeGreaterThan(2);
  expect(filled).toBeCloseTo(
    pairs.reduce((sum, { target }) => sum + target.length + 1, 0) / positionsOf(),
    12,
  );
  train.dispose();
});

const positionsOf = (): number => {
  const lengths = pairs.map(({ source, target }) => Math.max(source.length, target.length) + 1);
  const widths = bucketWidths(lengths, 4);
  return lengths.reduce((sum, length) => sum + widths.find((width) => length <= width)!, 0);
};

test("a step's batch is a function of the seed and the step, in whatever order steps are asked for", () => {
  const steps = Array.from({ length: 24 }, (_, i) => i);
  const forwards = walk(5, steps);
  expect(walk(5, steps.toReversed()).toReversed()).toEqual(forwards);
  expect(walk(6, steps)).not.toEqual(forwards);
  expect(forwards.slice(0, 9)).not.toEqual(forwards.slice(9, 18));
});

test("buckets free their tensors, and too few pairs are refused", () => {
  const before = tf.memory().numTensors;
  open(1).train.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(() => openBuckets(pairs, { vocabulary: 50, batchSize: 41, seed: 1 })).toThrow(
    "There are 40 sentence pairs, expected at least the batch size of 41",
  );
});
