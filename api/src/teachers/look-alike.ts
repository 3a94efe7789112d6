/** What is easily taken for something else, with what it is folded to; in this order. Migration 0002 does the same. */
const folds: readonly (readonly [string, string])[] = [
  ["-", ""],
  ["0", "o"],
  ["1", "l"],
  ["i", "l"],
  ["5", "s"],
  ["2", "z"],
  ["8", "b"],
  ["rn", "m"],
  ["vv", "w"],
];

/**
 * A name with what looks alike made the same: names of one skeleton would be taken for each other. Names have only
 * a–z, 0–9 and hyphens, so that no other alphabet's letters come in.
 *
 * @example
 * ```ts
 * skeletonOf("mnist-noise") === skeletonOf("mni5tn0ise"); // true
 * ```
 */
export function skeletonOf(name: string): string {
  return folds.reduce((folded, [from, to]) => folded.replaceAll(from, to), name);
}

/** Shorter names are near too many others. */
const shortestGuarded = 5;

/**
 * True if one letter typed wrong, left out, added, or swapped with its neighbour makes one name of the other
 * (Damerau–Levenshtein distance 1), where neither is short.
 */
export function isOneSlipAway(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < shortestGuarded || Math.abs(a.length - b.length) > 1 || a === b)
    return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}
