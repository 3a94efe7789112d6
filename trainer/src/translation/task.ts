import { LecternError } from "@lectern/shared/errors";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { createRandom } from "../task/index.ts";
import { readCorpus, type Corpus, type CorpusName, type CorpusOptions } from "./data/corpus.ts";
import { encodePairs, type EncodedPair } from "./data/buckets.ts";
import { learnVocabulary, type Vocabulary } from "./subwords/vocabulary.ts";

export interface TranslationTaskOptions extends CorpusOptions {
  readonly corpus: CorpusName;
  /** V; 1,000 to 4,000 suit students that are taught in minutes. */
  readonly vocabularySize: number;
  /** Positions of the longest training pairs, ends included. Validation and test keep all. */
  readonly longest: number;
  /** Training pairs held out for M. */
  readonly devPairs: number;
}

/** Data of one language pair, split so that no choice sees test data and no evaluation sees what meta-training saw. */
export interface TranslationTask {
  readonly corpus: CorpusName;
  readonly vocabulary: Vocabulary;
  readonly longest: number;
  /** What M is measured on: held out of the training pairs. */
  readonly metaDev: readonly EncodedPair[];
  readonly pools: {
    /** Students of meta-training and those that choose θ learn from these, */
    readonly meta: readonly EncodedPair[];
    /** those of tuning and evaluation from these: 40 % of the pairs. */
    readonly evaluation: readonly EncodedPair[];
  };
  /** For θ, rates and rivals' parameters. */
  readonly validation: Corpus;
  readonly test: Corpus;
}

/** The same for every run, so that pools never mix. */
const splitSeed = 20181012;
const evaluationShare = 0.4;

/**
 * Reads a corpus, learns its vocabulary from the training sentences (meta-dev's included: subwords say nothing of
 * translations), and splits it.
 *
 * @throws LecternError as {@link readCorpus} and {@link learnVocabulary}; `invalid-argument` if fewer pairs than M needs are
 *   short enough
 * @example
 * ```ts
 * const task = await openTranslationTask({
 *   corpus: "multi30k", vocabularySize: 1500, longest: 18, devPairs: 256, dataDir: "../shared/data",
 * });
 * ```
 */
export async function openTranslationTask({
  corpus,
  vocabularySize,
  longest,
  devPairs,
  ...options
}: TranslationTaskOptions): Promise<TranslationTask> {
  const train = await readCorpus(corpus, "train", options);
  const vocabulary = learnVocabulary([...train.source, ...train.target], vocabularySize);
  const pairs = shuffle(encodePairs(train, vocabulary, longest));
  if (pairs.length < 2 * devPairs)
    throw new LecternError(
      "invalid-argument",
      `${corpus} has ${pairs.length} training pairs of at most ${longest} positions, expected at least ${2 * devPairs}: twice those of M.`,
      "Allow longer pairs, or fewer for M.",
    );
  const metaDev = pairs.slice(0, devPairs);
  const rest = pairs.slice(devPairs);
  const cut = Math.floor(rest.length * (1 - evaluationShare));
  return {
    corpus,
    vocabulary,
    longest,
    metaDev,
    pools: { meta: rest.slice(0, cut), evaluation: rest.slice(cut) },
    validation: await readCorpus(corpus, "valid", options),
    test: await readCorpus(corpus, "test", options),
  };
}

function shuffle<T>(items: readonly T[]): T[] {
  const random = createRandom(splitSeed);
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
