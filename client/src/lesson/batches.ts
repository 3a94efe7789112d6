import { expectWhole } from "@lectern/shared/artifact";
import { uniform } from "./random.ts";

/** Which examples a step sees, as a pure function of the step: the reverse pass asks for them again. */
export interface Batches {
  readonly batchSize: number;
  /** Row numbers of step t's batch, [batchSize]. */
  indices(step: number): Int32Array;
}

/**
 * Batches of equal size in a new random order each epoch (Fisher–Yates from `seed` and the epoch's number); examples
 * that don't fill a batch are left to the next epoch's order. `shuffle: false` keeps the data's order, as model.fit does.
 */
export function createBatches(
  count: number,
  batchSize: number,
  seed: number,
  { shuffle = true }: { shuffle?: boolean } = {},
): Batches {
  expectWhole(batchSize, 1, "batchSize", "invalid-argument");
  expectWhole(count, 1, "The number of training examples", "invalid-data");
  const size = Math.min(batchSize, count);
  const perEpoch = Math.floor(count / size);
  let cachedEpoch = -1;
  let order: Int32Array = new Int32Array();
  return {
    batchSize: size,
    indices(step) {
      const epoch = Math.floor(step / perEpoch);
      if (epoch !== cachedEpoch)
        [cachedEpoch, order] = [epoch, shuffle ? permutation(count, seed, epoch) : identity(count)];
      const start = (step % perEpoch) * size;
      return order.slice(start, start + size);
    },
  };
}

const identity = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** 0 … count−1 in an order that (seed, epoch) determine. */
export function permutation(count: number, seed: number, epoch: number): Int32Array {
  // Large odd constants keep (seed, epoch) pairs apart; xoroshiro spreads them.
  const next = uniform((Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b)) | 0);
  const order = identity(count);
  for (let i = count - 1; i > 0; i--) {
    // 53 bits leave no bias that could matter.
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
