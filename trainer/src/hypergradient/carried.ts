import * as tf from "@tensorflow/tfjs-core";
import { viewValues } from "./host-values.ts";
import type { Cotangent } from "./reverse-step.ts";

/**
 * dω as it is carried backwards: 2^exponent times `cotangent`. The way back is linear in dω, and powers of two multiply
 * float32 exactly: so a dω that explodes beyond float32's 3e38 is carried none the worse.
 */
export interface Carried {
  readonly cotangent: Cotangent;
  /** 0 unless |dω| has passed 2^30. */
  readonly exponent: number;
}

/** |cotangent| from here on is carried with a larger exponent: a step may still multiply it by 2^97. */
const tooLarge = 2 ** 30;

/** Whether `carry` would change anything at this |cotangent|. */
export const needsCarry = (norm: number, exponent: number): boolean =>
  Number.isFinite(norm) && (norm > tooLarge || (exponent > 0 && norm > 0 && norm < 1));

/** The same dω, with |cotangent| between 1 and 2, or an exponent of 0. Disposes what it replaces. */
export function carry({ cotangent, exponent }: Carried, norm: number): Carried {
  const by = Math.max(-exponent, Math.floor(Math.log2(norm)));
  const times = (t: tf.Tensor): tf.Tensor => tf.mul(t, 2 ** -by);
  const scaled = tf.tidy((): Cotangent => ({
    weights: cotangent.weights.map(times),
    slots: cotangent.slots.map((slot) => slot.map(times)),
  }));
  tf.dispose(cotangent);
  return { cotangent: scaled, exponent: exponent + by };
}

/** Their norm in float64, for tensors in this process. NaN or infinity if any number is. */
export function normHere(tensors: readonly tf.Tensor[]): number {
  let square = 0;
  for (const tensor of tensors) {
    const values = viewValues(tensor);
    for (let i = 0; i < values.length; i++) square += values[i]! * values[i]!;
  }
  return Math.sqrt(square);
}
