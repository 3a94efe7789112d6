import { Tokenizer } from "@huggingface/tokenizers";
import { LecternError } from "@lectern/shared/errors";
import { trainBpe } from "./train-bpe.ts";

/** Subwords of both languages, numbered from 0; the first four are these. */
export const specials = { pad: 0, begin: 1, end: 2, unknown: 3 } as const;
const specialNames = ["<pad>", "<s>", "</s>", "<unk>"];

/** What {@link openVocabulary} opens: a `tokenizer.json` as Hugging Face's tokenizers read it. */
export type VocabularyFile = Readonly<Record<string, unknown>>;

export interface Vocabulary {
  /** V, specials included. */
  readonly size: number;
  readonly file: VocabularyFile;
  /** Subwords of a sentence, without begin and end. Case is lost. */
  encode(text: string): number[];
  /** The sentence again, up to its first end; specials are left out. */
  decode(subwords: readonly number[]): string;
}

/** Lower case, words with the space before them (as ▁), punctuation apart. */
const frame = {
  version: "1.0",
  normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Lowercase" }] },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "WhitespaceSplit" },
      { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
      { type: "Punctuation", behavior: "Isolated" },
    ],
  },
  post_processor: null,
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
};

const fileOf = (subwords: readonly string[], merges: readonly (readonly [string, string])[]) => ({
  ...frame,
  added_tokens: specialNames.map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  model: {
    type: "BPE",
    unk_token: specialNames[specials.unknown],
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries([...specialNames, ...subwords].map((subword, id) => [subword, id])),
    merges,
  },
});

/**
 * A vocabulary of both languages together, learned from their sentences by byte-pair encoding: merges are ours (no
 * maintained npm package learns them), encoding and decoding are `@huggingface/tokenizers`'.
 *
 * @param size V at most, specials included
 * @throws LecternError `invalid-argument` if V leaves no room for the sentences' characters
 * @example
 * ```ts
 * const vocabulary = learnVocabulary([...source, ...target], 2000);
 * vocabulary.decode(vocabulary.encode("Two dogs run.")); // "two dogs run."
 * ```
 */
export function learnVocabulary(sentences: readonly string[], size: number): Vocabulary {
  const { normalizer, pre_tokenizer: split } = new Tokenizer(fileOf([], []), {});
  const counts = new Map<string, number>();
  for (const sentence of sentences)
    for (const word of split!.pre_tokenize(normalizer!(sentence)))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const { subwords, merges } = trainBpe(counts, size - specialNames.length);
  if (subwords.length > size - specialNames.length)
    throw new LecternError(
      "invalid-argument",
      `A vocabulary of ${size} has no room for the ${subwords.length} characters of the sentences and ${specialNames.length} marks.`,
      `Give it a size of at least ${subwords.length + specialNames.length}.`,
    );
  return openVocabulary(fileOf(subwords, merges));
}

/** @throws LecternError `invalid-data` if it isn't such a file */
export function openVocabulary(file: VocabularyFile): Vocabulary {
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(file, {});
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      "The vocabulary isn't a tokenizer.json.",
      "Learn it anew, or name another file.",
      { cause },
    );
  }
  if (specialNames.some((name, id) => tokenizer.token_to_id(name) !== id))
    throw new LecternError(
      "invalid-data",
      `The vocabulary doesn't begin with ${specialNames.join(", ")}.`,
      "Learn it by learnVocabulary.",
    );
  const special = new Set<number>(Object.values(specials));
  return {
    size: tokenizer.get_vocab(true).size,
    file,
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode(subwords) {
      const end = subwords.indexOf(specials.end);
      const words = (end < 0 ? subwords : subwords.slice(0, end)).filter((id) => !special.has(id));
      // Not "cleaned up", which would move marks that stand apart.
      return words.length === 0
        ? ""
        : tokenizer.decode(words, { clean_up_tokenization_spaces: false }).trim();
    },
  };
}
