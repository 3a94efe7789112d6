import * as tf from "@tensorflow/tfjs-core";
import type { Network, Weights } from "./network.ts";
import { attend, embed, hideEnds, hideFuture, normalise, positions, project } from "./pieces.ts";

export interface TransformerOptions {
  /** d, of everything that passes between blocks; a multiple of `heads`. */
  readonly width?: number;
  readonly heads?: number;
  /** Units of the feed-forward blocks' hidden layer. */
  readonly hidden?: number;
  /** Of the encoder and of the decoder each. */
  readonly layers?: number;
}

/**
 * The Transformer (Vaswani et al. 2017), small: one table of subwords for source, target and output, normalisation before
 * each block (Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture": trains without a warm-up), no
 * dropout, no biases in attention.
 *
 * @param vocabulary V
 * @returns a network of V(d + 1) + layers·(12d² + 4dh + 2h + 12d) + 4d numbers
 * @example
 * ```ts
 * parameterCount(transformer(1500, { width: 64, hidden: 128, layers: 1 })); // 180,700
 * ```
 */
export function transformer(
  vocabulary: number,
  { width = 64, heads = 2, hidden = 128, layers = 1 }: TransformerOptions = {},
): Network {
  const norm = (at: string) => ({ [`${at}/gain`]: [width], [`${at}/bias`]: [width] });
  const attention = (at: string) => ({
    [`${at}/query/kernel`]: [width, width],
    [`${at}/key/kernel`]: [width, width],
    [`${at}/value/kernel`]: [width, width],
    [`${at}/output/kernel`]: [width, width],
    ...norm(`${at}/norm`),
  });
  const forward = (at: string) => ({
    [`${at}/in/kernel`]: [width, hidden],
    [`${at}/in/bias`]: [hidden],
    [`${at}/out/kernel`]: [hidden, width],
    [`${at}/out/bias`]: [width],
    ...norm(`${at}/norm`),
  });
  const each = Array.from({ length: layers }, (_, i) => i);
  const self = (w: Weights, at: string, x: tf.Tensor3D, y: tf.Tensor3D, mask: tf.Tensor) => {
    const mixed = attend(
      project(x, w(`${at}/query/kernel`)),
      project(y, w(`${at}/key/kernel`)),
      project(y, w(`${at}/value/kernel`)),
      mask,
      heads,
    );
    return project(mixed, w(`${at}/output/kernel`));
  };
  const before = (w: Weights, at: string, x: tf.Tensor3D) =>
    normalise(x, w(`${at}/norm/gain`), w(`${at}/norm/bias`));
  const feed = (w: Weights, at: string, x: tf.Tensor3D) => {
    const inside = tf.relu(tf.add(project(before(w, at, x), w(`${at}/in/kernel`)), w(`${at}/in/bias`)));
    return tf.add(x, tf.add(project(inside as tf.Tensor3D, w(`${at}/out/kernel`)), w(`${at}/out/bias`)));
  };
  const read = (w: Weights, words: tf.Tensor2D): tf.Tensor3D =>
    tf.add(
      tf.mul(embed(w("embedding/kernel"), words), Math.sqrt(width)),
      positions(words.shape[1], width),
    ) as tf.Tensor3D;
  return {
    name: "transformer",
    vocabulary,
    shapes: {
      "embedding/kernel": [vocabulary, width],
      ...Object.assign(
        {},
        ...each.flatMap((i) => [
          attention(`encoder${i}/self`),
          forward(`encoder${i}/feed`),
          attention(`decoder${i}/self`),
          attention(`decoder${i}/source`),
          forward(`decoder${i}/feed`),
        ]),
      ),
      ...norm("encoder/norm"),
      ...norm("decoder/norm"),
      "output/bias": [vocabulary],
    },
    encode(w, source) {
      const hidden = hideEnds(source);
      const mask = tf.reshape(hidden, [source.shape[0], 1, 1, source.shape[1]]);
      let x = read(w, source);
      for (const i of each) {
        const y = before(w, `encoder${i}/self`, x);
        x = tf.add(x, self(w, `encoder${i}/self`, y, y, mask));
        x = feed(w, `encoder${i}/feed`, x) as tf.Tensor3D;
      }
      return { states: normalise(x, w("encoder/norm/gain"), w("encoder/norm/bias")), mask };
    },
    decode(w, { states, mask }, prefix) {
      const future = hideFuture(prefix.shape[1]);
      let x = read(w, prefix);
      for (const i of each) {
        const y = before(w, `decoder${i}/self`, x);
        x = tf.add(x, self(w, `decoder${i}/self`, y, y, future));
        const z = before(w, `decoder${i}/source`, x);
        x = tf.add(x, self(w, `decoder${i}/source`, z, states as tf.Tensor3D, mask!));
        x = feed(w, `decoder${i}/feed`, x) as tf.Tensor3D;
      }
      return normalise(x, w("decoder/norm/gain"), w("decoder/norm/bias"));
    },
    project: (w, hidden) =>
      tf.add(tf.matMul(hidden, w("embedding/kernel") as tf.Tensor2D, false, true), w("output/bias")),
  };
}
