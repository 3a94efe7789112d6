import { bleu, type Bleu } from "../bleu/bleu.ts";
import type { Corpus } from "../data/corpus.ts";
import type { Translator } from "../network/translator.ts";
import { specials, type Vocabulary } from "../subwords/vocabulary.ts";
import { beamSearch } from "./beam.ts";
import { openDecoder } from "./decoder.ts";

export interface TranslateOptions {
  /** 1 is greedy. */
  readonly beam?: number;
  /** α of Wu et al. 2016; 0 compares by probability. */
  readonly lengthPenalty?: number;
  /** Subwords of a translation at most; by default its source's and 10 more. */
  readonly longest?: number;
  /** Sentences a pass. */
  readonly batch?: number;
}

/**
 * Translations of sentences, in their order.
 * @example
 * ```ts
 * await translate(translator, vocabulary, ["Zwei Hunde laufen."], { beam: 4, lengthPenalty: 0.6 });
 * ```
 */
export async function translate(
  translator: Translator,
  vocabulary: Vocabulary,
  sentences: readonly string[],
  { beam = 1, lengthPenalty = 0, longest, batch = 100 }: TranslateOptions = {},
): Promise<string[]> {
  const sources = sentences.map((sentence) => vocabulary.encode(sentence));
  // Of like length together, so that none waits for a much longer one.
  const order = sources.map((_, i) => i).toSorted((a, b) => sources[a]!.length - sources[b]!.length || a - b);
  const translations: string[] = Array.from({ length: sentences.length });
  const { begin, end, pad, unknown } = specials;
  for (let start = 0; start < order.length; start += batch) {
    const places = order.slice(start, start + batch);
    const group = places.map((place) => sources[place]!);
    const decoder = openDecoder(translator, group, end);
    const limit = longest ?? Math.max(...group.map((source) => source.length)) + 10;
    const never = [pad, begin, unknown];
    const options = { beam, lengthPenalty, longest: limit, begin, end, never };
    const found = await beamSearch(decoder, group.length, options).finally(() => decoder.dispose());
    for (const [i, place] of places.entries()) translations[place] = vocabulary.decode(found[i]!);
  }
  return translations;
}

/** BLEU of a translator on a corpus, in lower case, since vocabularies lose case. */
export async function corpusBleu(
  translator: Translator,
  vocabulary: Vocabulary,
  { source, target }: Pick<Corpus, "source" | "target">,
  options: TranslateOptions = {},
): Promise<Bleu> {
  const translations = await translate(translator, vocabulary, source, options);
  return bleu(
    translations,
    target.map((reference) => [reference]),
    { lowercase: true },
  );
}
