import type * as tf from "@tensorflow/tfjs-core";

/** A layer's output, and its derivative along the direction in weight space. */
export interface Dual {
  readonly value: tf.Tensor;
  /** Up to two terms, which the next layer adds up in passing; none where the derivative is zero. */
  readonly tangents: readonly tf.Tensor[];
}

/** The loss's gradient with respect to a layer's output, and that gradient's derivative along the direction. */
export interface Adjoint {
  readonly value: tf.Tensor;
  /** Absent where the gradient alone is wanted. */
  readonly tangent: tf.Tensor | undefined;
}

/** One trainable weight: its value ω and the direction v. */
export interface Weight {
  readonly variable: tf.Variable;
  /** Absent where the gradient alone is wanted. */
  readonly direction: tf.Tensor | undefined;
}

export interface Backward {
  /** dL/dinput for each input, if it was asked for. */
  readonly inputs: readonly (Adjoint | undefined)[];
  /**
   * The derivative of dL/dω along the direction, the layer's part of ∇²L·v; dL/dω itself where the adjoint has no tangent.
   * In the order of its weights.
   */
  readonly weights: readonly tf.Tensor[];
  /** Whether `inputs` include what other layers gave before. */
  readonly includesBefore?: boolean;
}

/** A layer whose outputs were computed: it remembers what its way back needs. */
export interface Applied {
  readonly output: Dual;
  /** Batch norm's, of the batch: [channels]. */
  readonly moments?: { readonly mean: tf.Tensor; readonly variance: tf.Tensor };
  /**
   * @param needed whether dL/dinput is of use, for each input
   * @param before what the other layers that read an input have given for it so far: a rule may add to it in passing
   */
  backward(output: Adjoint, needed: readonly boolean[], before?: readonly (Adjoint | undefined)[]): Backward;
}

/**
 * A layer to second order. `weights` are in the order of the layer's own. Runs inside tf.tidy, outside every tape.
 */
export type LayerRule = (inputs: readonly Dual[], weights: readonly Weight[]) => Applied;
