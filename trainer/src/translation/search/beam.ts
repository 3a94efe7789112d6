import type { Decoder } from "./decoder.ts";

export interface SearchOptions {
  /** Prefixes kept; 1 is greedy. */
  readonly beam?: number;
  /** α: finished translations are compared by log p / ((5 + length)/6)^α (Wu et al. 2016, equation 14). */
  readonly lengthPenalty?: number;
  /** Subwords of a translation, its end included, at most. */
  readonly longest: number;
  readonly begin: number;
  readonly end: number;
  /** Subwords that no translation may have, such as padding. */
  readonly never?: readonly number[];
}

interface Hypothesis {
  readonly words: readonly number[];
  readonly logP: number;
}

/** Of a finished translation of so many subwords, its end included. */
export const normalised = (logP: number, length: number, alpha: number): number =>
  logP / ((5 + length) / 6) ** alpha;

/**
 * Beam search: of each source's unfinished prefixes the `beam` most probable go on. A translation is finished by its end
 * or by its length; a source is done as soon as no prefix can beat its best finished translation (log p only falls), or
 * `beam` translations are finished. Ties go to the smaller number of a subword and to the earlier prefix.
 *
 * @param sources how many sources the decoder has
 * @returns of each source the best translation's subwords, without begin and end
 * @example
 * ```ts
 * const [words] = await beamSearch(decoder, 1, { beam: 4, lengthPenalty: 0.6, longest: 30, begin: 1, end: 2 });
 * ```
 */
export async function beamSearch(
  decoder: Decoder,
  sources: number,
  { beam = 1, lengthPenalty = 0, longest, begin, end, never = [] }: SearchOptions,
): Promise<number[][]> {
  const open: Hypothesis[][] = Array.from({ length: sources }, () => [{ words: [begin], logP: 0 }]);
  const done: Hypothesis[][] = Array.from({ length: sources }, () => []);
  const score = ({ words, logP }: Hypothesis) => normalised(logP, words.length - 1, lengthPenalty);
  const excluded = new Set(never);
  for (let length = 1; length <= longest; length++) {
    const rows = open.flatMap((prefixes, source) => prefixes.map(() => source));
    if (rows.length === 0) break;
    const prefixes = open.flat();
    const logP = await decoder.next(
      rows,
      prefixes.map(({ words }) => words),
    );
    const grown: Hypothesis[][] = open.map(() => []);
    for (const [row, prefix] of prefixes.entries()) {
      const values = logP.subarray(row * decoder.vocabulary, (row + 1) * decoder.vocabulary);
      for (const word of largest(values, beam + 1, excluded))
        grown[rows[row]!]!.push({ words: [...prefix.words, word], logP: prefix.logP + values[word]! });
    }
    for (const [source, candidates] of grown.entries()) {
      // Stable: ties keep the order of prefixes and of subwords.
      const best = candidates.toSorted((a, b) => b.logP - a.logP).slice(0, 2 * beam);
      const isDone = ({ words }: Hypothesis) => words.at(-1) === end || words.length - 1 === longest;
      // An end counts only while it is among the `beam` best: what is worse might lead to nothing better.
      done[source]!.push(...best.slice(0, beam).filter(isDone));
      const going = best.filter((candidate) => !isDone(candidate)).slice(0, beam);
      const bar = Math.max(...done[source]!.map(score));
      // Its score can't exceed what its log p would be worth at the greatest length.
      const hopes = going.some(({ logP }) => normalised(logP, longest, lengthPenalty) > bar);
      open[source] = hopes && done[source]!.length < beam ? going : [];
    }
  }
  return done.map((finished) => {
    const best = finished.reduce((a, b) => (score(b) > score(a) ? b : a));
    const words = best.words.slice(1);
    return words.at(-1) === end ? words.slice(0, -1) : words;
  });
}

/** Places of the k largest values in falling order; of equal ones the first. */
function largest(values: Float32Array, k: number, excluded: ReadonlySet<number>): number[] {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (excluded.has(i)) continue;
    if (places.length === k && values[i]! <= values[places[k - 1]!]!) continue;
    let at = places.length;
    while (at > 0 && values[i]! > values[places[at - 1]!]!) at--;
    places.splice(at, 0, i);
    if (places.length > k) places.pop();
  }
  return places;
}
