/**
 * Back-off: a meta-step without a usable student, or a setback, says that θ has left the region where hypergradients
 * mean something. The rate is halved there, and grows back by a quarter of a doubling a meta-step after that.
 *
 * @returns share of the schedule's rate for the next meta-step, 1/64 … 1
 */
export function nextCaution(caution: number, lost: boolean): number {
  return lost ? Math.max(least, caution / 2) : Math.min(1, caution * recovery);
}

/** Six halvings: below, a run would stand still. */
const least = 1 / 64;
const recovery = 2 ** 0.25;
