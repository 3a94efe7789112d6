import * as tf from "@tensorflow/tfjs-core";
import { batchLoss } from "@lectern/client/lesson";
import { tangentOf } from "./arithmetic.ts";
import { differentiateOnHost, type LossDerivatives, type LossPoint } from "./host/differentiate-loss.ts";

export type Head = Pick<LossDerivatives, "output" | "dPhi">;

/** The loss of the model's output, to second order. */
export const differentiateHead = (point: LossPoint): Head =>
  differentiateOnHost(point) ?? differentiateByTape(point);

/** The loss of the model's output and its gradient. */
export function headGradient(point: LossPoint): { loss: tf.Scalar; gradient: tf.Tensor } {
  const onHost = differentiateOnHost(point);
  if (onHost) return { loss: tf.scalar(onHost.loss, "float32"), gradient: onHost.output.value };
  const { value, grad } = tf.valueAndGrad((output) => lossOf(point, output))(point.output.value);
  return { loss: value as tf.Scalar, gradient: grad };
}

/**
 * The same as on the host by the tape, for any backend and any output. With ṡ the output's tangent: the gradients of
 * ⟨∂L/∂s, ṡ⟩ with respect to s and φ.
 */
export function differentiateByTape(point: LossPoint): Head {
  const { phi } = point;
  const names = Object.keys(phi);
  const { value } = point.output;
  const direction = tangentOf(point.output)!;
  let gradient: tf.Tensor | undefined;
  const first = tf.grad((output) => lossOf(point, output));
  const { grads } = tf.engine().gradients(
    () => {
      gradient = tf.keep(first(value));
      return tf.sum(tf.mul(gradient, direction));
    },
    [value, ...names.map((name) => phi[name]!)],
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

const lossOf = ({ student, guide, phi, batch }: LossPoint, output: tf.Tensor): tf.Scalar =>
  batchLoss(guide, phi, student.logits(output), batch.target, batch.weights);
