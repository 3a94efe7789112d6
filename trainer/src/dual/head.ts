import * as tf from "@tensorflow/tfjs-core";
import { batchLoss, type Batch, type Guide, type Student } from "@lectern/client/lesson";
import { tangentOf } from "./arithmetic.ts";
import type { Adjoint, Dual } from "./rule.ts";

export interface Head {
  /** ∂L/∂output and its derivative along the direction. */
  readonly output: Adjoint;
  /** ∂_φ of the derivative of L along the direction, by name. */
  readonly dPhi: Record<string, tf.Tensor>;
}

/**
 * The loss of the model's output, to second order, by the tape: these tensors are small, and the loss family is anyone's.
 * With ṡ the output's tangent: the gradients of ⟨∂L/∂s, ṡ⟩ with respect to s and φ.
 */
export function differentiateHead(
  student: Student,
  guide: Guide,
  phi: Readonly<Record<string, tf.Variable>>,
  batch: Batch,
  output: Dual,
): Head {
  const names = Object.keys(phi);
  const { value } = output;
  const direction = tangentOf(output)!;
  let gradient: tf.Tensor | undefined;
  const first = tf.grad((output) =>
    batchLoss(guide, phi, student.logits(output), batch.target, batch.weights),
  );
  const { grads } = tf.engine().gradients(
    () => {
      gradient = tf.keep(first(value));
      return tf.sum(tf.mul(gradient, direction));
    },
    [value, ...names.map((name) => phi[name] as tf.Tensor)],
    undefined,
    true,
  );
  // A loss that is linear in the output, or that doesn't reach a coefficient, has no such path.
  const [second, ...dPhi] = grads as (tf.Tensor | undefined)[];
  const kept = gradient!;
  const adjoint = { value: tf.clone(kept), tangent: second ?? tf.zerosLike(kept) };
  kept.dispose();
  return {
    output: adjoint,
    dPhi: Object.fromEntries(names.map((name, i) => [name, dPhi[i] ?? tf.zerosLike(phi[name]!)])),
  };
}
