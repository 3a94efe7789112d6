import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { z } from "zod";
import { createRandom, deriveSeed } from "./seeds.ts";
import type { TaskSpec } from "./spec.ts";

/** A number, or a range from which each student draws its own. */
const drawn = <T extends z.ZodNumber>(number: T) =>
  z.union([
    number,
    z.tuple([number, number]).refine(([low, high]) => low! <= high!, "a range starts with its lower end"),
  ]);

/**
 * One kind of student among several: what it says replaces the task's own option of that name. A range is drawn from for
 * each student: sizes evenly by their logarithm, the others evenly.
 */
export const conditionSpec = z.strictObject({
  subset: drawn(z.int().min(1)).optional(),
  labelNoise: drawn(z.number().min(0).max(1)).optional(),
  confusion: drawn(z.number().min(0).max(1)).optional(),
  imbalance: drawn(z.number().min(1)).optional(),
  /**
   * Concentration α of a symmetric Dirichlet distribution from which a student's class frequencies are drawn: at 0.5 a few
   * classes make up most of it, at 10 all are nearly alike. It takes the place of imbalance.
   */
  lopsided: drawn(z.number().positive()).optional(),
});
export type ConditionSpec = z.infer<typeof conditionSpec>;

/** How one student's local data set is made. */
export interface Condition {
  readonly subset: number;
  readonly labelNoise: number;
  readonly confusion: number;
  readonly imbalance: number;
  /** Class frequencies, which add up to 1; null: those of the pool, or by imbalance. */
  readonly shares: readonly number[] | null;
}

/**
 * A student's condition: the task's own options, or one of `spec.conditions`, each with the same probability.
 *
 * @param seed the student's
 * @param classes K
 */
export function conditionOf(spec: TaskSpec, seed: number, classes: number): Condition {
  const own = {
    subset: spec.subset,
    labelNoise: spec.labelNoise,
    confusion: spec.confusion ?? 0,
    imbalance: spec.imbalance,
    shares: null,
  };
  if (!spec.conditions) return own;
  const random = createRandom(deriveSeed(seed, "device"));
  const chosen = spec.conditions[uniformInt(random, 0, spec.conditions.length - 1)]!;
  // Each number is drawn whether it is a range or not: what one option says moves no other.
  const at = [0, 1, 2, 3, 4].map(() => uniformFloat64(random));
  const between = (value: number | readonly [number, number] | undefined, share: number, without: number) =>
    value === undefined
      ? without
      : typeof value === "number"
        ? value
        : value[0] + share * (value[1] - value[0]);
  const size = chosen.subset ?? own.subset;
  const alpha = between(chosen.lopsided, at[4]!, 0);
  return {
    subset:
      typeof size === "number"
        ? size
        : Math.round(Math.exp(between([Math.log(size[0]), Math.log(size[1])], at[0]!, 0))),
    labelNoise: between(chosen.labelNoise, at[1]!, own.labelNoise),
    confusion: between(chosen.confusion, at[2]!, own.confusion),
    imbalance: between(chosen.imbalance, at[3]!, own.imbalance),
    shares: alpha > 0 ? dirichlet(random, alpha, classes) : null,
  };
}

/** Symmetric Dirichlet(α) over K classes: gamma variates, divided by their sum. */
function dirichlet(random: RandomGenerator, alpha: number, classes: number): number[] {
  const weights = Array.from({ length: classes }, () => gamma(random, alpha));
  const total = weights.reduce((a, b) => a + b, 0);
  // All of them may underflow at a tiny α: then the first class has everything.
  return weights.map((weight, k) => (total > 0 ? weight / total : k === 0 ? 1 : 0));
}

/** Gamma(α, 1) by Marsaglia & Tsang 2000, with their boost for α < 1. */
function gamma(random: RandomGenerator, alpha: number): number {
  if (alpha < 1) return gamma(random, alpha + 1) * uniformFloat64(random) ** (1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniformFloat64(random)) < x * x * 0.5 + d - d * v + d * Math.log(v))
      return d * v;
  }
}

/** Box & Muller 1958. */
function normal(random: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
  return radius * Math.cos(2 * Math.PI * uniformFloat64(random));
}
