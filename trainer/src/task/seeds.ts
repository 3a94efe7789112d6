import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/**
 * What a seed is for. The position is part of every seed ever derived: append only, at most 16.
 */
const purposes = [
  /** A meta-step's student and local data set. */
  "meta",
  /** A student by which θ is chosen on validation data. */
  "validation",
  /** A student that reports a result. */
  "evaluation",
  /** A student by which a learning rate or a rival's parameter is chosen. */
  "tuning",
  /** A student's initial weights. */
  "student",
  /** The order of its batches. */
  "batches",
  /** Which examples its local data set has, and which of their labels are wrong. */
  "subset",
  "noise",
  /** The teacher's initial θ. */
  "teacher",
  /** Anything that is none of these. */
  "other",
  /** What kind of student it is: how much data, how noisy, how lopsided. */
  "device",
] as const;
export type SeedPurpose = (typeof purposes)[number];

/**
 * A seed for one purpose, derived from another seed by hashing: 4 bits of purpose over 28 bits of hash.
 *
 * Because the purpose is a part of the result, no seed of one purpose equals one of another: a lesson seeded for
 * "evaluation" was never drawn under "meta", whatever the run seeds and indices. Under one purpose, two indices
 * collide with probability 2⁻²⁸. The hash is murmur3 (x86, 32 bits) over the 32-bit words (seed, …indices).
 *
 * @param seed 32-bit integer: the run's, or a derived one.
 * @returns an unsigned 32-bit integer.
 * @example
 * ```ts
 * const lesson = deriveSeed(runSeed, "meta", metaStep, student);
 * const weights = deriveSeed(lesson, "student");
 * ```
 */
export function deriveSeed(seed: number, purpose: SeedPurpose, ...indices: readonly number[]): number {
  const words = [seed, ...indices];
  let hash = purposes.indexOf(purpose) + 1;
  for (const word of words) {
    let k = Math.imul(word | 0, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  return ((purposes.indexOf(purpose) << 28) | (finish(hash ^ (4 * words.length)) >>> 4)) >>> 0;
}

/** A random generator from a seed; neighbouring seeds start unalike. */
export function createRandom(seed: number): RandomGenerator {
  const random = xoroshiro128plus(finish(seed | 0));
  // The seed stands in the state as it is and shows in the first outputs.
  for (let i = 0; i < 8; i++) random.next();
  return random;
}

/** murmur3's finaliser: every input bit reaches every output bit. */
function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
