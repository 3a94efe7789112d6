import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { LecternError } from "@lectern/shared/errors";
import { createRandom, deriveSeed } from "./seeds.ts";
import type { TaskSpec } from "./spec.ts";

/** A pool of examples, ready to be drawn from. */
export interface Pool {
  readonly indices: Int32Array;
  /** The indices of each class. */
  readonly byClass: readonly Int32Array[];
  /** How many of each class a local set gets; null where classes aren't looked at. */
  readonly quotas: readonly number[] | null;
}

/**
 * @param labels of the whole data set, which `indices` point into.
 * @throws LecternError `invalid-argument` when the imbalance asks for more of a class than the pool has, or for none.
 */
export function preparePool(
  indices: Int32Array,
  labels: Int32Array,
  classes: number,
  { name, subset, imbalance }: TaskSpec,
): Pool {
  const byClass = Array.from({ length: classes }, (_, k) => indices.filter((index) => labels[index] === k));
  if (imbalance === 1) return { indices, byClass, quotas: null };
  const quotas = classQuotas(subset, classes, imbalance);
  quotas.forEach((quota, k) => {
    const there = byClass[k]!.length;
    if (quota < 1 || quota > there)
      throw new LecternError(
        "invalid-argument",
        `Task ${name}: imbalance ${imbalance} at subset ${subset} asks for ${quota} examples of class ${k}, expected 1 to ${there} (what a pool has of it).`,
        quota < 1 ? "Raise subset or lower imbalance." : "Lower subset or imbalance.",
      );
  });
  return { indices, byClass, quotas };
}

/** Shares ∝ imbalance^(−k/(K−1)), rounded by largest remainder so that they add up to `subset`. */
export function classQuotas(subset: number, classes: number, imbalance: number): number[] {
  const weights = Array.from({ length: classes }, (_, k) => imbalance ** (-k / Math.max(1, classes - 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => (subset * weight) / total);
  const quotas = shares.map(Math.floor);
  const missing = subset - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = shares
    .map((share, k) => ({ k, remainder: share - quotas[k]! }))
    .toSorted((a, b) => b.remainder - a.remainder || a.k - b.k);
  for (const { k } of byRemainder.slice(0, missing)) quotas[k]!++;
  return quotas;
}

/** `subset` different indices of the pool, in random order. */
export function drawSubset(pool: Pool, { subset }: TaskSpec, seed: number): Int32Array {
  const random = createRandom(deriveSeed(seed, "subset"));
  if (!pool.quotas) return draw(random, pool.indices, subset);
  const drawn = new Int32Array(subset);
  let at = 0;
  pool.quotas.forEach((quota, k) => {
    drawn.set(draw(random, pool.byClass[k]!, quota), at);
    at += quota;
  });
  return draw(random, drawn, subset);
}

/** `count` of `from`, without replacement, in random order: the first steps of a Fisher–Yates shuffle. */
function draw(random: RandomGenerator, from: Int32Array, count: number): Int32Array {
  const order = from.slice();
  for (let i = 0; i < count; i++) {
    const j = uniformInt(random, i, order.length - 1);
    const drawn = order[j]!;
    order[j] = order[i]!;
    order[i] = drawn;
  }
  return order.subarray(0, count);
}

/** The labels, each redrawn with probability `labelNoise` uniformly over all classes. */
export function addLabelNoise(
  labels: Int32Array<ArrayBuffer>,
  classes: number,
  labelNoise: number,
  seed: number,
): Int32Array<ArrayBuffer> {
  if (labelNoise === 0) return labels;
  const random = createRandom(deriveSeed(seed, "noise"));
  return labels.map((label) => {
    // Both numbers are always drawn: a higher noise level then changes more labels, and none back.
    const chance = uniformFloat64(random);
    const other = uniformInt(random, 0, classes - 1);
    return chance < labelNoise ? other : label;
  });
}
