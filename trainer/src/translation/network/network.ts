import type * as tf from "@tensorflow/tfjs-core";

/** A network's weights by name. */
export type Weights = (name: string) => tf.Tensor;

/** What a decoder knows of the sources; every tensor's first axis is theirs, so that search can pick rows. */
export type Memory = Readonly<Record<string, tf.Tensor>>;

/**
 * An encoder and a decoder as functions of their weights. Weights that end in `/kernel` start at Glorot's uniform
 * distribution, `/bias` at 0, `/gain` at 1.
 */
export interface Network {
  readonly name: string;
  /** V: subwords that it reads and writes. */
  readonly vocabulary: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** @param source [n, S] int32, 0 where a sentence has ended */
  encode(w: Weights, source: tf.Tensor2D): Memory;
  /**
   * @param prefix [n, L] int32, beginning with the mark for it: position i sees prefix 0 … i
   * @returns [n, L, d]
   */
  decode(w: Weights, memory: Memory, prefix: tf.Tensor2D): tf.Tensor3D;
  /** Logits [m, V] of the next subword. @param hidden [m, d] */
  project(w: Weights, hidden: tf.Tensor2D): tf.Tensor2D;
}

/** How many numbers a network has. */
export const parameterCount = ({ shapes }: Network): number =>
  Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
