import { LecternError } from "@lectern/shared/errors";
import { tokenize13a } from "./tokenize-13a.ts";

export interface Bleu {
  /** 0 … 100. */
  readonly score: number;
  /** Of 1-, 2-, 3- and 4-grams, per cent; smoothed where none matches. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Words of the translations, and of the references that are closest in length. */
  readonly length: number;
  readonly referenceLength: number;
  /** n-grams that match a reference, and n-grams of the translations. */
  readonly matches: readonly number[];
  readonly totals: readonly number[];
}

export interface BleuOptions {
  /** Compare in lower case; sacreBLEU's `-lc`. */
  readonly lowercase?: boolean;
}

const order = 4;

/**
 * BLEU of a corpus (Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation"), as sacreBLEU
 * defines it (Post 2018, "A Call for Clarity in Reporting BLEU Scores"): signature `case:mixed|tok:13a|smooth:exp`. Where
 * no n-gram of an order matches, its precision is halved once for each such order so far ("exp", NIST's smoothing).
 *
 * @param translations [n]
 * @param references [n], of each sentence at least one
 * @throws LecternError `invalid-argument` if there aren't as many references as translations, or none of a sentence
 * @example
 * ```ts
 * bleu(["this is a fest"], [["this is a test"]]).score; // 59.46
 * ```
 */
export function bleu(
  translations: readonly string[],
  references: readonly (readonly string[])[],
  { lowercase = false }: BleuOptions = {},
): Bleu {
  if (translations.length !== references.length || references.some((each) => each.length === 0))
    throw new LecternError(
      "invalid-argument",
      `There are ${translations.length} translations and references of ${references.length} sentences${references.some((each) => each.length === 0) ? ", of one of them none" : ""}.`,
      "Give each sentence a translation and at least one reference.",
    );
  const words = (line: string) => tokenize13a(lowercase ? line.toLowerCase() : line);
  const matches = Array.from<number>({ length: order }).fill(0);
  const totals = Array.from<number>({ length: order }).fill(0);
  let [length, referenceLength] = [0, 0];
  for (const [i, translation] of translations.entries()) {
    const own = words(translation);
    const theirs = references[i]!.map(words);
    length += own.length;
    referenceLength += closest(
      own.length,
      theirs.map((each) => each.length),
    );
    for (let n = 1; n <= order; n++) {
      const allowed = new Map<string, number>();
      for (const reference of theirs)
        for (const [gram, count] of countGrams(reference, n))
          allowed.set(gram, Math.max(count, allowed.get(gram) ?? 0));
      for (const [gram, count] of countGrams(own, n)) {
        totals[n - 1]! += count;
        matches[n - 1]! += Math.min(count, allowed.get(gram) ?? 0);
      }
    }
  }
  const brevityPenalty =
    length >= referenceLength ? 1 : length > 0 ? Math.exp(1 - referenceLength / length) : 0;
  return {
    ...combine(matches, totals, brevityPenalty),
    brevityPenalty,
    length,
    referenceLength,
    matches,
    totals,
  };
}

function combine(
  matches: readonly number[],
  totals: readonly number[],
  brevityPenalty: number,
): Pick<Bleu, "score" | "precisions"> {
  const precisions = Array.from<number>({ length: order }).fill(0);
  if (matches.every((count) => count === 0)) return { score: 0, precisions };
  let smoothing = 1;
  for (let n = 0; n < order && totals[n]! > 0; n++) {
    if (matches[n] === 0) smoothing *= 2;
    precisions[n] = (100 * (matches[n] || 1 / smoothing)) / totals[n]!;
  }
  const logarithms = precisions.map((precision) => Math.log(precision));
  const score = brevityPenalty * Math.exp(logarithms.reduce((a, b) => a + b, 0) / order);
  return { score, precisions };
}

function countGrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    // No word has a space.
    const gram = words.slice(i, i + n).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Among lengths that are equally close the shorter. */
const closest = (length: number, lengths: readonly number[]): number =>
  lengths.reduce((best, each) => {
    const [near, nearest] = [Math.abs(each - length), Math.abs(best - length)];
    return near < nearest || (near === nearest && each < best) ? each : best;
  });
