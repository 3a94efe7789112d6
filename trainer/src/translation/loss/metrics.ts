import * as tf from "@tensorflow/tfjs-core";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { devCrossEntropy, softError, type Metric } from "../../hypergradient/index.ts";
import { specials } from "../subwords/vocabulary.ts";

/**
 * What a teacher of translators minimises on dev pairs, the target's own words given as they are in training. Rows are
 * tokens; those behind an end have a target of zeros, and count as 0. A metric is a mean over all rows: so with dev pairs
 * of one width it is the mean over words but for a constant factor.
 */
const whereWords = (values: tf.Tensor, target: tf.Tensor2D): tf.Tensor1D =>
  tf.mul(values, tf.sum(target, 1)) as tf.Tensor1D;

/** −log p of each word. */
export const tokenCrossEntropy: Metric = devCrossEntropy;

/** The smoothed share of words that aren't the likeliest: `softError` of each. */
export function tokenError(k = 50): Metric {
  const { values } = softError(k);
  return {
    name: `token-error:${k}`,
    values: (logits, target) => whereWords(values(logits, target), target),
  };
}

/**
 * σ(k(max over other words of log p − log p of the right one)): near 0 where the right word leads by more than 1/k nats,
 * near 1 where another does. Unlike `token-error` it is ½ for flat predictions, of which vocabularies have many: there a
 * difference of probabilities is small whoever leads.
 */
export function tokenMargin(k = 1): Metric {
  return {
    name: `token-margin:${k}`,
    values(logits, target) {
      const right = tf.sum(tf.mul(logits, target), 1);
      const other = tf.max(tf.sub(logits, tf.mul(target, 1e9)), 1);
      return whereWords(tf.sigmoid(tf.mul(tf.sub(other, right), k)), target);
    },
  };
}

/**
 * 1 − the mean over n = 1 … `order` of the probability that n words in a row are the reference's: the recall of n-grams
 * that a decoder which draws from p would have at the reference's places, BLEU's ingredient (Papineni et al. 2002). Of
 * each word that begins such n-grams; n-grams end with the sentence, their own end included.
 *
 * @example
 * ```ts
 * await differentiateMetric(softNgram(), student, dev);
 * ```
 */
export function softNgram(order = 4): Metric {
  return {
    name: `soft-ngram:${order}`,
    values(logits, target) {
      const rows = logits.shape[0];
      const logP = tf.sum(tf.mul(tensorFlowAlgebra.logSoftmax(logits), target), 1);
      const ends = tf.reshape(tf.slice(target, [0, specials.end], [rows, 1]), [rows]);
      /** What stands n rows further down; 0 behind the last. */
      const after = (values: tf.Tensor, n: number): tf.Tensor =>
        n < rows ? tf.pad(tf.slice(values, [n], [rows - n]), [[0, n]]) : tf.zeros([rows]);
      let inside: tf.Tensor = tf.sum(target, 1);
      let [sum, total]: [tf.Tensor, tf.Tensor] = [tf.zeros([rows]), logP];
      for (let n = 1; n <= order; n++) {
        sum = tf.add(sum, tf.mul(tf.exp(total), inside));
        // One word more, unless this one was an end.
        inside = tf.mul(inside, tf.mul(tf.sub(1, after(ends, n - 1)), after(tf.sum(target, 1), n)));
        total = tf.add(total, after(logP, n));
      }
      return whereWords(tf.sub(1, tf.div(sum, order)), target);
    },
  };
}

/** By name: `token-cross-entropy`, `token-error:K`, `token-margin:K`, `soft-ngram:N`. */
export const translationMetrics: readonly Metric[] = [
  tokenCrossEntropy,
  tokenError(),
  tokenMargin(),
  softNgram(1),
  softNgram(2),
  softNgram(),
];
