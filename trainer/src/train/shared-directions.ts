import type { PlainTensor } from "@lectern/shared/teacher";
import type { ThetaValues } from "./meta-optimizer.ts";

/**
 * Directions that all of a block's numbers share. A hypergradient's numbers are nearly all noise one by one: over
 * students, those of W correlate by 0.1. What they have in common (more weight on the diagonal, less beside it, a shift
 * of b) doesn't drown, but Adam, which scales each number by itself, would hardly see it. So each key's matrix is
 * stepped as W + d·I + o·(1 − I)/K and its vector as b + e·1, with d, o and e as coordinates of Adam's own; θ keeps
 * the sum, and nothing of this is seen in a released teacher.
 */
interface Directions {
  readonly names: readonly string[];
  /** Of one row's element i, its share in each direction. */
  share(i: number): readonly number[];
}

/** V reads the state and c holds a number or two: they have no such directions. */
function directionsOf(name: string, shape: readonly number[]): Directions | undefined {
  const [, K, columns] = shape;
  if (name === "V" || name.startsWith("c") || K === undefined) return undefined;
  if (columns === undefined) return { names: ["shift"], share: () => [1] };
  if (columns !== K) return undefined;
  return {
    names: ["diagonal", "beside"],
    share: (i) => (Math.floor(i / K) === i % K ? [1, 0] : [0, 1 / K]),
  };
}

/** A gradient along the shared directions: `W/diagonal` [N], `W/beside` [N], `b/shift` [N]. */
export function sharedGradient(gradient: ThetaValues): Record<string, PlainTensor> {
  const out: Record<string, PlainTensor> = {};
  for (const [name, { shape, data }] of Object.entries(gradient)) {
    const directions = directionsOf(name, shape);
    if (!directions) continue;
    const rows = shape[0]!;
    const width = data.length / rows;
    for (const [k, direction] of directions.names.entries()) {
      const sums = new Float64Array(rows);
      for (let i = 0; i < data.length; i++)
        sums[Math.floor(i / width)]! += data[i]! * directions.share(i % width)[k]!;
      out[`${name}/${direction}`] = { shape: [rows], data: sums };
    }
  }
  return out;
}

/** The transpose: steps along shared directions, as steps of θ's own numbers. */
export function alongShared(theta: ThetaValues, moves: ThetaValues): Record<string, PlainTensor> {
  return Object.fromEntries(
    Object.entries(theta).map(([name, { shape, data }]) => {
      const directions = directionsOf(name, shape);
      const width = data.length / shape[0]!;
      const along = (i: number): number =>
        directions!.names.reduce(
          (sum, direction, k) =>
            sum +
            moves[`${name}/${direction}`]!.data[Math.floor(i / width)]! * directions!.share(i % width)[k]!,
          0,
        );
      return [name, { shape, data: Float64Array.from(data, (_, i) => (directions ? along(i) : 0)) }];
    }),
  );
}
