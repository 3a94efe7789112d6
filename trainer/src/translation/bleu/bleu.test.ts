import { describe, expect, test } from "vitest";
import { bleu } from "./bleu.ts";
import { tokenize13a } from "./tokenize-13a.ts";

/** What sacreBLEU 2.6.0 prints (Python 3.11; `Tokenizer13a()(line)` and `corpus_bleu(hyps, refs)`). */
const lines: readonly (readonly [line: string, tokens: string])[] = [
  ["The dog bit the man.", "The dog bit the man ."],
  ["It wasn't surprising.", "It wasn't surprising ."],
  [
    'He paid $1,234.56 - or 20-30 percent (approx.), "maybe"!',
    'He paid $ 1,234.56 - or 20 - 30 percent ( approx . ) , " maybe " !',
  ],
  ["a/b c&d e_f x^y 3.14, 2.", "a / b c & d e _ f x ^ y 3.14 , 2 ."],
  ["&quot;Hi&quot; &amp; &lt;bye&gt;", '" Hi " & < bye >'],
  ["ein Mädchen, das lacht .", "ein Mädchen , das lacht ."],
  ["U.S. vs. them...", "U . S . vs . them . . ."],
  ["", ""],
  ["  many   spaces  ", "many spaces"],
  ["1,2,3 .5 5. a.b", "1,2,3 . 5 5 . a . b"],
  ["email@x.org: {ok} [no] ~yes`", "email @ x . org : { ok } [ no ] ~ yes `"],
];

test.each(lines)("13a: %s", (line, tokens) => {
  expect(tokenize13a(line).join(" ")).toBe(tokens);
});

/** sacreBLEU's README example and its test cases, the references by sentence. */
const translations = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
const first = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."];
const second = ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."];
const both = first.map((reference, i) => [reference, second[i]!]);
const one = (references: readonly string[]) => references.map((reference) => [reference]);

describe("BLEU is sacreBLEU's", () => {
  test("README example, two references", () => {
    const result = bleu(translations, both);
    expect(result.score).toBeCloseTo(48.530827009929865, 10);
    expect(result.brevityPenalty).toBeCloseTo(0.9428731438548749, 12);
    expect(result).toMatchObject({
      length: 17,
      referenceLength: 18,
      matches: [14, 7, 5, 3],
      totals: [17, 14, 11, 8],
    });
    for (const [n, value] of [82.3529411764706, 50, 45.45454545454545, 37.5].entries())
      expect(result.precisions[n]).toBeCloseTo(value, 10);
  });

  test.each([
    ["one reference", translations, one(first), 45.06750632106114],
    [
      "brevity penalty",
      ["two young men are outside near many bushes ."],
      one(["two young , white males are outside near many bushes ."]),
      52.899344348276884,
    ],
    ["exp smoothing", ["this is a fest"], one(["this is a test"]), 59.460355750136046],
    ["case counts", ["A B C D E"], one(["a b c d e"]), 0],
    ["nothing matches", ["zzz"], one(["a test"]), 0],
    ["nothing is said", ["", "", ""], both, 0],
    // No 4-gram anywhere: its precision is 0, and smoothing has nothing to halve.
    [
      "too short for 4-grams",
      ["a man", "the cat sat"],
      one(["a man is here today", "the cat sat on the mat"]),
      0,
    ],
  ])("%s", (_, hypotheses, references, score) => {
    expect(bleu(hypotheses, references).score).toBeCloseTo(score, 10);
  });

  test("lower case on request", () => {
    expect(bleu(["A B C D E"], one(["a b c d e"]), { lowercase: true }).score).toBeCloseTo(100, 10);
  });

  test("by hand: precisions 3/4, 2/3, 1/2 and the smoothed ½ of 1", () => {
    const { precisions, score } = bleu(["this is a fest"], one(["this is a test"]));
    expect(precisions).toEqual([75, 200 / 3, 50, 50]);
    expect(score).toBeCloseTo(100 * (0.75 * (2 / 3) * 0.5 * 0.5) ** 0.25, 10);
  });

  test("of references equally close in length the shorter counts", () => {
    const { referenceLength } = bleu(["a b c d"], [["a b c", "a b c d e"]]);
    expect(referenceLength).toBe(3);
  });

  test("what doesn't pair up is refused", () => {
    expect(() => bleu(["a"], [])).toThrow("1 translations and references of 0 sentences");
    expect(() => bleu(["a"], [[]])).toThrow("of one of them none");
  });
});
