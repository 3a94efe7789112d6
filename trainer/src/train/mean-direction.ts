import type { TrainConfig } from "./config.ts";
import type { HypergradientReply } from "./job.ts";
import { clipTheta, meanTheta, normOfTheta, scaleTheta, thawed, type ThetaValues } from "./meta-optimizer.ts";

/** Students whose |dθ| tell what is usual. */
const lengthsKept = 40;

/** Leaves Adam's second moments room in float64. */
const longest = 1e100;

/**
 * The mean of students' hypergradients, each first cut to what a usual one is long: so that one that exploded among usual
 * ones counts no more than any other. Where most exploded none is cut, and the largest decides: each alone points out of
 * there three times in four or so, their mean over students of equal weight wanders (docs/stability.md). Without frozen
 * blocks: they don't move, and near the edge of stability U's part is many times
 * longer than all of the others'.
 *
 * @param known |dθ| of earlier students
 * @returns undefined if there is none; and |dθ| of the last students, these included
 */
export function meanDirection(
  replies: readonly HypergradientReply[],
  known: readonly number[],
  { clip, clipFactor, frozen, optimizer }: TrainConfig["meta"],
  pastTheEdge: boolean,
): { gradient: ThetaValues | undefined; lengths: readonly number[] } {
  const gradients = replies.flatMap(({ dTheta }) => (dTheta ? [thawed(dTheta, frozen)] : []));
  const lengths = gradients.map((gradient, i) => {
    const length = normOfTheta(gradient) * 2 ** (replies[i]!.log2Scale ?? 0);
    return Math.min(length, Number.MAX_VALUE);
  });
  const limit = pastTheEdge ? longest : Math.min(clip, clipFactor * median([...known, ...lengths]));
  // One beyond 2^256 comes divided by a power of two: it has the limit's length then, whatever its own.
  const cut = gradients.map((gradient, i) =>
    lengths[i]! > limit ? scaleTheta(gradient, limit / normOfTheta(gradient)) : gradient,
  );
  const mean = cut.length > 0 ? meanTheta(cut) : undefined;
  return {
    // Adam takes directions of any length alike; SGD doesn't.
    gradient: mean && optimizer === "sgd" ? clipTheta(mean, clip) : mean,
    lengths: pastTheEdge ? known : [...known, ...lengths].slice(-lengthsKept),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Infinity;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
