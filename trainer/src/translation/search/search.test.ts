import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../backend/index.ts";
import { createRandom, deriveSeed } from "../../task/index.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { bleu } from "../bleu/bleu.ts";
import { buildTranslator, type Translator } from "../network/translator.ts";
import { lstm2 } from "../network/lstm.ts";
import { transformer } from "../network/transformer.ts";
import { learnVocabulary, specials } from "../subwords/vocabulary.ts";
import { beamSearch, normalised } from "./beam.ts";
import { openDecoder, type Decoder } from "./decoder.ts";
import { corpusBleu, translate } from "./translate.ts";

const [V, begin, end, longest] = [5, 1, 2, 4];

/** Log-probabilities that depend on the source and on the whole prefix. */
function logPOf(seed: number, row: number, prefix: readonly number[]): Float32Array {
  const random = createRandom(deriveSeed(seed, "other", row, ...prefix));
  const weights = Array.from({ length: V }, () => Math.exp(3 * uniformFloat64(random)));
  const total = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (w) => Math.log(w / total));
}

const tableDecoder = (seed: number): Decoder => ({
  vocabulary: V,
  next: (rows, prefixes) =>
    Promise.resolve(Float32Array.from(rows.flatMap((row, i) => [...logPOf(seed, row, prefixes[i]!)]))),
  dispose: () => undefined,
});

/** The best of all translations there are. */
function exhaustive(seed: number, row: number, alpha: number, never: readonly number[]): number[] {
  let [best, most]: [number[], number] = [[], -Infinity];
  const visit = (words: readonly number[], logP: number): void => {
    const values = logPOf(seed, row, words);
    for (let word = 0; word < V; word++) {
      if (never.includes(word)) continue;
      const [grown, total] = [[...words, word], logP + values[word]!];
      if (word !== end && grown.length - 1 < longest) visit(grown, total);
      else {
        const score = normalised(total, grown.length - 1, alpha);
        if (score > most) [best, most] = [grown.slice(1).filter((w) => w !== end), score];
      }
    }
  };
  visit([begin], 0);
  return best;
}

describe("beam search", () => {
  test.each([0, 0.6, 1])(
    "as wide as there are prefixes it finds the best of all: α = %d",
    async (lengthPenalty) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const never = seed % 2 === 0 ? [0, begin] : [];
        const options = { beam: V ** longest, lengthPenalty, longest, begin, end, never };
        const found = await beamSearch(tableDecoder(seed), 3, options);
        expect(found).toEqual([0, 1, 2].map((row) => exhaustive(seed, row, lengthPenalty, never)));
      }
    },
  );

  test("with one prefix it is greedy", async () => {
    for (const seed of [1, 2, 3]) {
      const found = await beamSearch(tableDecoder(seed), 2, { beam: 1, longest, begin, end });
      for (const row of [0, 1]) {
        const words = [begin];
        while (words.at(-1) !== end && words.length <= longest) {
          const values = logPOf(seed, row, words);
          words.push(values.indexOf(Math.max(...values)));
        }
        expect(found[row]).toEqual(words.slice(1).filter((word) => word !== end));
      }
    }
  });

  test("a wider beam's translation is at least as probable here, and often more", async () => {
    const scoreOf = (seed: number, words: readonly number[]): number => {
      let logP = 0;
      const prefix = [begin];
      for (const word of words.length < longest ? [...words, end] : words) {
        logP += logPOf(seed, 0, prefix)[word]!;
        prefix.push(word);
      }
      return logP;
    };
    let better = 0;
    for (let seed = 10; seed < 30; seed++) {
      const [greedy] = await beamSearch(tableDecoder(seed), 1, { beam: 1, longest, begin, end });
      const [wide] = await beamSearch(tableDecoder(seed), 1, { beam: 3, longest, begin, end });
      if (scoreOf(seed, wide!) > scoreOf(seed, greedy!) + 1e-9) better++;
    }
    expect(better).toBeGreaterThan(4);
  });

  test("the length penalty by hand: (5 + 1)/6 = 1, (5 + 7)/6 = 2", () => {
    expect(normalised(-3, 1, 0.6)).toBe(-3);
    expect(normalised(-4, 7, 1)).toBe(-2);
    expect(normalised(-4, 7, 0)).toBe(-4);
  });
});

const pairs = [
  ["ein hund läuft .", "a dog runs ."],
  ["zwei hunde laufen .", "two dogs run ."],
  ["ein mann", "a man"],
] as const;
const vocabulary = learnVocabulary(pairs.flat(), 60);

describe.each([
  ["transformer", () => transformer(vocabulary.size, { width: 8, hidden: 8 })],
  ["lstm-2", () => lstm2(vocabulary.size, { width: 6, units: 6 })],
] as const)("a %s", (_, network) => {
  let translator: Translator;
  beforeAll(async () => {
    await useBackend("wasm");
    translator = buildTranslator(network(), 9);
    // Far from uniform, so that its choices are clear.
    for (const weight of translator.model.weights) weight.write(tf.tidy(() => tf.mul(weight.read(), 4)));
  });

  /** The likeliest next words by the model itself, as it is trained. */
  function greedy(source: readonly number[], limit: number): number[] {
    const words: number[] = [];
    while (words.length < limit) {
      const next = tf.tidy(() => {
        const width = Math.max(source.length, words.length) + 1;
        const fit = (row: readonly number[]) => [
          ...row,
          ...Array.from<number>({ length: width - row.length }).fill(0),
        ];
        const x = tf.tensor3d([[fit([...source, specials.end]), fit([specials.begin, ...words])]]);
        const logits = (translator.model.apply(x) as tf.Tensor3D).arraySync()[0]![words.length]!;
        for (const mark of [specials.pad, specials.begin, specials.unknown]) logits[mark] = -Infinity;
        return logits.indexOf(Math.max(...logits));
      });
      if (next === specials.end) break;
      words.push(next);
    }
    return words;
  }

  test("translates greedily by what the model itself says, whatever it is batched with", async () => {
    const sentences = pairs.map(([source]) => source);
    const translations = await translate(translator, vocabulary, sentences, { longest: 6, batch: 2 });
    expect(translations).toEqual(
      sentences.map((sentence) => vocabulary.decode(greedy(vocabulary.encode(sentence), 6))),
    );
    expect(await translate(translator, vocabulary, [sentences[1]!], { longest: 6 })).toEqual([
      translations[1],
    ]);
  });

  test("its decoder's numbers are log-probabilities, and it frees its tensors", async () => {
    const before = tf.memory().numTensors;
    const decoder = openDecoder(translator, [[5, 6], [7]], specials.end);
    const values = await decoder.next([1, 0], [[1], [1]]);
    for (const row of [0, 1]) {
      const own = values.slice(row * vocabulary.size, (row + 1) * vocabulary.size);
      expect(own.reduce((sum, v) => sum + Math.exp(v), 0)).toBeCloseTo(1, 5);
    }
    decoder.dispose();
    await translate(translator, vocabulary, [pairs[0][0]], { beam: 3, lengthPenalty: 0.6, longest: 5 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("BLEU of a corpus is that of its translations", async () => {
    const source = pairs.map(([sentence]) => sentence);
    const own = await translate(translator, vocabulary, source, { longest: 8 });
    const target = own.map((sentence) => `${sentence.toUpperCase()} and`);
    const found = await corpusBleu(translator, vocabulary, { source, target }, { longest: 8 });
    expect(found).toEqual(
      bleu(
        own,
        target.map((reference) => [reference.toLowerCase()]),
      ),
    );
    expect(found.matches[0]).toBe(found.totals[0]);
  });
});
