import * as tf from "@tensorflow/tfjs-core";
import type { Memory } from "../network/network.ts";
import type { Translator } from "../network/translator.ts";

/** What search needs of a translator: log-probabilities of next subwords, for rows of one batch. */
export interface Decoder {
  /**
   * @param rows which source each prefix is of
   * @param prefixes [rows.length][L], each beginning with the mark for it
   * @returns log p of every subword as each prefix's next, [rows.length × V]
   */
  next(rows: readonly number[], prefixes: readonly (readonly number[])[]): Promise<Float32Array>;
  readonly vocabulary: number;
  dispose(): void;
}

/** Encodes sources once; every step decodes whole prefixes anew. @param sources without their end, as {@link encodePairs} has them */
export function openDecoder(
  { network, weights }: Translator,
  sources: readonly (readonly number[])[],
  end: number,
): Decoder {
  const width = Math.max(...sources.map((source) => source.length)) + 1;
  const padded = new Int32Array(sources.length * width);
  for (const [i, source] of sources.entries()) padded.set([...source, end], i * width);
  const memory: Memory = tf.tidy(() =>
    network.encode(weights, tf.tensor2d(padded, [sources.length, width], "int32")),
  );
  return {
    vocabulary: network.vocabulary,
    async next(rows, prefixes) {
      const length = prefixes[0]!.length;
      const logP = tf.tidy(() => {
        const pick = tf.tensor1d([...rows], "int32");
        const own = Object.fromEntries(
          Object.entries(memory).map(([name, tensor]) => [name, tf.gather(tensor, pick)]),
        );
        const words = tf.tensor2d(Int32Array.from(prefixes.flat()), [rows.length, length], "int32");
        const hidden = network.decode(weights, own, words);
        const last = tf.slice(hidden, [0, length - 1, 0], [rows.length, 1, hidden.shape[2]]);
        const logits = network.project(weights, tf.reshape(last, [rows.length, hidden.shape[2]]));
        return tf.logSoftmax(logits);
      });
      const values = (await logP.data()) as Float32Array;
      logP.dispose();
      return values;
    },
    dispose: () => tf.dispose({ ...memory }),
  };
}
