import * as tf from "@tensorflow/tfjs-core";
import type { Batch, Gradients, Guide, Student } from "@lectern/client/lesson";
import type { Coefficients } from "@lectern/shared/teacher";
import { graphOf } from "./graph.ts";
import { headGradient } from "./head.ts";
import { goBack, goForward, type Sweep } from "./sweep.ts";

/**
 * A student whose gradients go layer by layer where every layer has a rule: the same numbers as by the tape to rounding,
 * without its passes over every tensor, and without the gradient of the data. Others are given back as they are.
 */
export function byLayers(student: Student): Student {
  if (graphOf(student.model) === null) return student;
  return { ...student, differentiate: (guide, phi, batch) => layerGradients(student, guide, phi, batch) };
}

/** ∇_ω L_φ, as `studentGradients` gives it; batch norm's moving statistics move, too. */
function layerGradients(
  student: Student,
  guide: Guide,
  phi: Coefficients<tf.Tensor>,
  batch: Batch,
): Gradients {
  return tf.tidy(() => {
    const sweep = goForward(student, batch);
    moveStatistics(sweep);
    const { output } = sweep;
    const { loss, gradient } = headGradient({ student, guide, phi, batch, output });
    return {
      loss,
      gradients: goBack(sweep, { value: gradient, tangent: undefined }),
      logits: student.logits(output.value),
    };
  });
}

/** As TensorFlow.js's layer does: moving ← moving − (moving − batch's)·(1 − momentum). */
function moveStatistics({ graph: { nodes }, applied }: Sweep): void {
  for (const [at, node] of nodes.entries()) {
    const moments = applied[at]?.moments;
    if (!node?.moving || !moments) continue;
    const { mean, variance, momentum } = node.moving;
    const move = (moving: tf.Variable, value: tf.Tensor) =>
      moving.assign(tf.sub(moving, tf.mul(tf.sub(moving, value), 1 - momentum)));
    move(mean, moments.mean);
    move(variance, moments.variance);
  }
}
