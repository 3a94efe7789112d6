/** Two neighbouring subwords that become one. */
export type Merge = readonly [left: string, right: string];

interface Word {
  readonly count: number;
  parts: string[];
}

const separator = "\u0000";

/**
 * Learns byte-pair merges from words (Sennrich, Haddow & Birch 2016, "Neural Machine Translation of Rare Words with
 * Subword Units", algorithm 1): starting at characters, the most frequent pair of neighbours within words becomes one
 * subword, again and again. Among equally frequent pairs the first in code-point order is taken, so that the result is a
 * function of the counts alone.
 *
 * @param counts words to how often each occurs
 * @param limit how many subwords there may be in all, characters included; fewer where no pair occurs twice
 * @returns the characters in code-point order, then what each merge makes; and the merges in their order
 * @example
 * ```ts
 * trainBpe(new Map([["low", 5], ["lower", 2], ["newest", 6], ["widest", 3]]), 14).merges[0]; // ["e", "s"]
 * ```
 */
export function trainBpe(
  counts: ReadonlyMap<string, number>,
  limit: number,
): { subwords: string[]; merges: Merge[] } {
  const words: Word[] = Array.from(counts, ([word, count]) => ({ count, parts: [...word] }));
  const subwords = [...new Set(words.flatMap(({ parts }) => parts))].toSorted(byCodePoint);
  const known = new Set(subwords);
  const frequency = new Map<string, number>();
  const users = new Map<string, Set<Word>>();
  const add = (word: Word, sign: 1 | -1): void => {
    for (let i = 1; i < word.parts.length; i++) {
      const pair = word.parts[i - 1]! + separator + word.parts[i]!;
      frequency.set(pair, (frequency.get(pair) ?? 0) + sign * word.count);
      if (sign > 0) users.set(pair, (users.get(pair) ?? new Set()).add(word));
    }
  };
  for (const word of words) add(word, 1);
  const merges: Merge[] = [];
  while (subwords.length < limit) {
    const pair = mostFrequent(frequency);
    if (pair === undefined) break;
    const [left, right] = pair.split(separator) as [string, string];
    merges.push([left, right]);
    if (!known.has(left + right)) subwords.push(left + right);
    known.add(left + right);
    for (const word of users.get(pair)!) {
      add(word, -1);
      word.parts = join(word.parts, left, right);
      add(word, 1);
    }
    frequency.delete(pair);
    users.delete(pair);
  }
  return { subwords, merges };
}

/** The pair that occurs most often, at least twice. */
function mostFrequent(frequency: ReadonlyMap<string, number>): string | undefined {
  let [best, most]: [string | undefined, number] = [undefined, 1];
  for (const [pair, count] of frequency)
    if (count > most || (count === most && best !== undefined && pair < best)) [best, most] = [pair, count];
  return best;
}

function join(parts: readonly string[], left: string, right: string): string[] {
  const joined: string[] = [];
  for (let i = 0; i < parts.length; i++)
    if (parts[i] === left && parts[i + 1] === right) {
      joined.push(left + right);
      i++;
    } else joined.push(parts[i]!);
  return joined;
}

const byCodePoint = (a: string, b: string): number => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
