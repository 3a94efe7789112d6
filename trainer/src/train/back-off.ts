/**
 * Back-off: a meta-step without a usable student says that θ has left the region where hypergradients mean something.
 * The rate is halved there, and grows back by a quarter of a doubling a meta-step where students are usable again.
 *
 * @returns share of the schedule's rate for the next meta-step, 1/64 … 1
 */
export function nextCaution(caution: number, lost: boolean): number {
  return lost ? Math.max(least, caution / 2) : Math.min(1, caution * recovery);
}

/** Six halvings: below, a run would stand still. */
const least = 1 / 64;
const recovery = 2 ** 0.25;

/**
 * The growth of |dω_t| beyond which a student is given up: 16 times higher for each halving of the rate. A hypergradient
 * that grew is exact all the same, if mostly about the way out of stability; clipped, and in small steps, it leads back
 * where waiting doesn't.
 */
export const explosionAt = (explosion: number, caution: number): number => explosion / caution ** 4;
