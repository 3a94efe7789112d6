import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { learnVocabulary } from "../subwords/vocabulary.ts";
import { encodePairs, lengthOf } from "./buckets.ts";
import { readCorpus } from "./corpus.ts";

const dataDir =
  process.env["LECTERN_DATA"] ?? fileURLToPath(new URL("../../../../../shared/data", import.meta.url));

describe.skipIf(!existsSync(join(dataDir, "multi30k")))("Multi30k", () => {
  test.each([
    ["train", 29_000, "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche."],
    ["valid", 1014, "Eine Gruppe von Männern lädt Baumwolle auf einen Lastwagen"],
    ["test", 1000, "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt."],
    ["test-2017", 1000, undefined],
    ["test-2018", 1071, undefined],
    ["test-coco", 461, undefined],
  ])("%s has %d pairs", async (split, count, first) => {
    const { source, target } = await readCorpus("multi30k", split, { dataDir });
    expect([source.length, target.length]).toEqual([count, count]);
    if (first !== undefined) expect(source[0]).toBe(first);
  });

  test("1,500 subwords: every sentence comes back, and most need fewer than 25 positions", async () => {
    const corpus = await readCorpus("multi30k", "valid", { dataDir });
    const train = await readCorpus("multi30k", "train", { dataDir });
    const vocabulary = learnVocabulary([...train.source, ...train.target], 1500);
    expect(vocabulary.size).toBe(1500);
    const known = corpus.target.filter((sentence) => !vocabulary.encode(sentence).includes(3));
    expect(known.length).toBeGreaterThan(1000);
    const spaces = (text: string) => text.toLowerCase().normalize("NFC").replaceAll(/\s+/g, " ");
    for (const sentence of known)
      expect(vocabulary.decode(vocabulary.encode(sentence))).toBe(spaces(sentence));
    const pairs = encodePairs(corpus, vocabulary);
    expect(pairs.filter((pair) => lengthOf(pair) < 25).length / pairs.length).toBeGreaterThan(0.65);
  });
});

describe.skipIf(!existsSync(join(dataDir, "iwslt14-de-en")))(
  "IWSLT-14 (a sample of its training pairs)",
  () => {
    test.each([
      ["train", 8639],
      ["valid", 7283],
      ["test", 6750],
    ])("%s has %d pairs and no escapes", async (split, count) => {
      const { source, target } = await readCorpus("iwslt14-de-en", split, { dataDir });
      expect(source.length).toBe(count);
      expect([...source, ...target].some((line) => /&\w+;|&#\d+;|@@/.test(line))).toBe(false);
    });
  },
);
