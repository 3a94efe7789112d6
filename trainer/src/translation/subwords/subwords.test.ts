import { expect, test } from "vitest";
import { trainBpe } from "./train-bpe.ts";
import { learnVocabulary, openVocabulary, specials } from "./vocabulary.ts";

/** The example of Sennrich, Haddow & Birch 2016, section 3.2, without end marks. */
const paper = new Map([
  ["low", 5],
  ["lower", 2],
  ["newest", 6],
  ["widest", 3],
]);

test("merges by hand: es 9, est 9, lo 7, low 7, then the first of those with 6", () => {
  const { subwords, merges } = trainBpe(paper, 15);
  expect(subwords.slice(0, 10)).toEqual(["d", "e", "i", "l", "n", "o", "r", "s", "t", "w"]);
  expect(merges).toEqual([
    ["e", "s"],
    ["es", "t"],
    ["l", "o"],
    ["lo", "w"],
    ["e", "w"],
  ]);
  expect(subwords.slice(10)).toEqual(["es", "est", "lo", "low", "ew"]);
});

test("a run of equal letters is joined from the left, and counted as often as it is joined", () => {
  expect(trainBpe(new Map([["aaaa", 3]]), 3).merges).toEqual([
    ["a", "a"],
    ["aa", "aa"],
  ]);
});

test("what occurs once isn't joined, and no more than the limit is", () => {
  expect(trainBpe(new Map([["ab", 1]]), 10).merges).toEqual([]);
  expect(trainBpe(paper, 10).merges).toEqual([]);
});

const sentences = [
  "Ein Hund läuft.",
  "Zwei Hunde laufen über die Wiese.",
  "A dog runs.",
  "Two dogs, running across the meadow!",
];

test("sentences come back, in lower case, and their order of subwords is a function of the sentences", () => {
  const vocabulary = learnVocabulary(sentences, 80);
  for (const sentence of sentences)
    expect(vocabulary.decode(vocabulary.encode(sentence))).toBe(sentence.toLowerCase());
  expect(learnVocabulary(sentences, 80).file).toEqual(vocabulary.file);
  expect(vocabulary.size).toBeLessThanOrEqual(80);
});

test("words end where they end: no subword spans a space or a mark", () => {
  const vocabulary = learnVocabulary(
    Array.from({ length: 9 }, () => "the dog."),
    40,
  );
  const parts = vocabulary.encode("the dog.").map((id) => vocabulary.decode([id]));
  expect(parts).toEqual(["the", "dog", "."]);
});

test("what was never seen is unknown; begin, end and padding say nothing; an end ends", () => {
  const vocabulary = learnVocabulary(sentences, 80);
  expect(vocabulary.encode("ж")).toContain(specials.unknown);
  const [dog] = [vocabulary.encode("dog")];
  expect(vocabulary.decode([specials.begin, ...dog, specials.end, ...dog, specials.pad])).toBe("dog");
  expect(vocabulary.decode([specials.end])).toBe("");
});

test("a vocabulary is its file", () => {
  const vocabulary = learnVocabulary(sentences, 80);
  const again = openVocabulary(JSON.parse(JSON.stringify(vocabulary.file)) as typeof vocabulary.file);
  expect(again.encode(sentences[1]!)).toEqual(vocabulary.encode(sentences[1]!));
  expect(again.size).toBe(vocabulary.size);
});

test("too small a vocabulary and files that are none are refused", () => {
  expect(() => learnVocabulary(sentences, 12)).toThrow("A vocabulary of 12 has no room");
  expect(() => openVocabulary({})).toThrow("isn't a tokenizer.json");
  const { file } = learnVocabulary(sentences, 80);
  const model = { ...(file["model"] as object), vocab: { a: 0 }, merges: [] };
  expect(() => openVocabulary({ ...file, added_tokens: [], model })).toThrow("doesn't begin with");
});
