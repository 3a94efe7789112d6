import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { LecternError } from "@lectern/shared/errors";
import type { Condition } from "./condition.ts";
import { createRandom, deriveSeed } from "./seeds.ts";
import type { TaskSpec } from "./spec.ts";

/** A pool of examples, ready to be drawn from. */
export interface Pool {
  readonly indices: Int32Array;
  /** The indices of each class. */
  readonly byClass: readonly Int32Array[];
}

/**
 * @param labels of the whole data set, which `indices` point into.
 * @throws LecternError `invalid-argument` when the imbalance asks for more of a class than the pool has, or for none.
 */
export function preparePool(indices: Int32Array, labels: Int32Array, classes: number, spec: TaskSpec): Pool {
  const byClass = Array.from({ length: classes }, (_, k) => indices.filter((index) => labels[index] === k));
  expectQuotas(spec.name, spec, byClass);
  for (const { subset = spec.subset, imbalance = spec.imbalance, lopsided } of spec.conditions ?? []) {
    const most = typeof subset === "number" ? subset : subset[1];
    // A lopsided student may have one class only.
    const least = lopsided === undefined ? indices.length : Math.min(...byClass.map(({ length }) => length));
    if (most > least)
      throw new LecternError(
        "invalid-argument",
        `Task ${spec.name}: a condition asks for ${most} examples${lopsided === undefined ? "" : ", which may all be of one class"}, expected at most ${least} (what a pool has).`,
        "Lower the condition's subset.",
      );
    for (const size of [subset].flat())
      for (const ratio of lopsided === undefined ? [imbalance].flat() : [])
        expectQuotas(spec.name, { subset: size, imbalance: ratio }, byClass);
  }
  return { indices, byClass };
}

function expectQuotas(
  name: string,
  { subset, imbalance }: Pick<TaskSpec, "subset" | "imbalance">,
  byClass: readonly Int32Array[],
): void {
  if (imbalance === 1) return;
  classQuotas(subset, byClass.length, imbalance).forEach((quota, k) => {
    const there = byClass[k]!.length;
    if (quota < 1 || quota > there)
      throw new LecternError(
        "invalid-argument",
        `Task ${name}: imbalance ${imbalance} at subset ${subset} asks for ${quota} examples of class ${k}, expected 1 to ${there} (what a pool has of it).`,
        quota < 1 ? "Raise subset or lower imbalance." : "Lower subset or imbalance.",
      );
  });
}

/** Shares ∝ imbalance^(−k/(K−1)), rounded by largest remainder so that they add up to `subset`. */
export const classQuotas = (subset: number, classes: number, imbalance: number): number[] =>
  quotasOf(
    subset,
    Array.from({ length: classes }, (_, k) => imbalance ** (-k / Math.max(1, classes - 1))),
  );

/** `subset` split in proportion to the weights, rounded by largest remainder. */
function quotasOf(subset: number, weights: readonly number[]): number[] {
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
export function drawSubset(
  pool: Pool,
  { subset, imbalance, shares }: Pick<Condition, "subset" | "imbalance" | "shares">,
  seed: number,
): Int32Array {
  const random = createRandom(deriveSeed(seed, "subset"));
  if (!shares && imbalance === 1) return draw(random, pool.indices, subset);
  const quotas = shares ? quotasOf(subset, shares) : classQuotas(subset, pool.byClass.length, imbalance);
  const drawn = new Int32Array(subset);
  let at = 0;
  quotas.forEach((quota, k) => {
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

/** The labels, each with probability `confusion` turned into the next class's: k + 1 mod K. */
export function confuseLabels(
  labels: Int32Array<ArrayBuffer>,
  classes: number,
  confusion: number,
  seed: number,
): Int32Array<ArrayBuffer> {
  if (confusion === 0) return labels;
  const random = createRandom(deriveSeed(seed, "noise", 1));
  return labels.map((label) => (uniformFloat64(random) < confusion ? (label + 1) % classes : label));
}
