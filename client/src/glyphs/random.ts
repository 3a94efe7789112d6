import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/**
 * A generator whose first numbers differ between neighbouring seeds: xoroshiro128+ puts the seed into its state
 * as it is, so that seeds 1 and 2 would start alike. The seed goes through murmur3's finaliser first.
 */
export function startRandom(seed: number): RandomGenerator {
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  const random = xoroshiro128plus(h ^ (h >>> 16));
  for (let i = 0; i < 8; i++) random.next();
  return random;
}

/** Uniform on [low, high). */
export function between(random: RandomGenerator, low: number, high: number): number {
  return low + (high - low) * uniformFloat32(random);
}

/** Uniform on 0 … count − 1, for small counts (the bias is below count/2²⁴). */
export function pick(random: RandomGenerator, count: number): number {
  return Math.floor(uniformFloat32(random) * count);
}
