import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { demand } from "@lectern/shared/errors";
import type { Coefficients } from "@lectern/shared/teacher";
import type { Guide } from "../lesson/guide.ts";
import type { Gradients } from "../lesson/step.ts";
import type { Batch } from "./examples.ts";

/** What the model's last layer gives. */
export type Outputs = "logits" | "probabilities";

/** A user's model, opened for teaching: its variables, and its outputs as logits over K classes. */
export interface Student {
  readonly model: LayersModel;
  readonly classes: number;
  /** Trainable weights, in the model's order; updated in place. */
  readonly variables: readonly tf.Variable[];
  /** Moving statistics of batch norm and the like: moved by every forward pass in training mode. */
  readonly statistics: readonly tf.Variable[];
  /**
   * Logits [n, K] of a batch; sequences [batch, length, K] come flattened to [batch·length, K].
   * @param training batch statistics and dropout (true), or as deployed (false)
   */
  forward(x: tf.Tensor, training: boolean): tf.Tensor2D;
  /** Gives the gradients in place of the tape: meta-training has a faster way. As `studentGradients`. */
  differentiate?(guide: Guide, phi: Coefficients<tf.Tensor>, batch: Batch): Gradients;
  /** The model's output, as {@link forward} makes logits of it: for losses that get `yPred` from model.fit. */
  logits(output: tf.Tensor): tf.Tensor2D;
}

/**
 * Checks that a model can be taught by a teacher of K classes, and opens it.
 *
 * One sigmoid or linear output is taught by a two-class teacher (its logits are [0, x]).
 * @param outputs what the last layer gives; found out from its activation if it has one
 * @throws LecternError `invalid-argument` (another number of classes, several outputs, outputs that aren't as promised),
 *   `unsupported` (regression, nothing to train)
 */
export function openStudent(model: LayersModel, classes: number, outputs?: Outputs): Student {
  const { inputs, outputs: ends, trainableWeights } = model;
  const units = ends[0]?.shape.at(-1);
  const binary = units === 1 && classes === 2;
  demand(
    inputs.length === 1 && ends.length === 1 && trainableWeights.length,
    "unsupported",
    `The model has ${inputs.length} inputs, ${ends.length} outputs and ${trainableWeights.length} trainable weights, expected 1, 1 and more`,
    "Teach another model.",
  );
  demand(
    units === classes || binary,
    "invalid-argument",
    `The model's output has ${units} units and the teacher ${classes} classes`,
    `Give it ${classes} units, or another teacher; regression needs model.fit.`,
  );
  const activation = lastActivation(model);
  const probabilities = activation === "softmax" || activation === "sigmoid";
  const promised = outputs === "logits";
  demand(
    promised ? !probabilities : activation !== "sigmoid" || binary,
    "invalid-argument",
    `The model ends in ${activation}: ${promised ? "probabilities where logits were promised" : "no distribution"}`,
    "Use logits or softmax, and leave outputs out.",
  );
  const kind = outputs ?? (probabilities ? "probabilities" : "logits");
  const logits = (output: tf.Tensor): tf.Tensor2D => toLogits(output, kind, classes, binary);
  const read = (weights: LayersModel["weights"]) => weights.map((w) => w.read() as tf.Variable);
  try {
    return {
      model,
      classes,
      variables: read(trainableWeights),
      statistics: read(model.nonTrainableWeights),
      forward: (x, training) => logits(model.apply(x, { training }) as tf.Tensor),
      logits,
    };
  } catch (cause) {
    demand(false, "invalid-argument", "The model was disposed", "Make it anew.", cause);
  }
}

function toLogits(output: tf.Tensor, kind: Outputs, classes: number, binary: boolean): tf.Tensor2D {
  const flat = tf.reshape(output, [-1, binary ? 1 : classes]) as tf.Tensor2D;
  const log = (p: tf.Tensor): tf.Tensor2D => tf.log(tf.add(p, tiny));
  // One output's are log-odds: log p − log(1 − p).
  const logits =
    kind === "logits" ? flat : binary ? (tf.sub(log(flat), log(tf.sub(1, flat))) as tf.Tensor2D) : log(flat);
  return binary ? tf.concat([tf.zerosLike(flat), logits], 1) : logits;
}

/** Keeps log p finite where a probability rounds to 0; float32's smallest normal number is 1.2e-38. */
const tiny = 1e-30;

function lastActivation(model: LayersModel): unknown {
  const layer = model.outputs[0]!.sourceLayer;
  return layer.getClassName() === "Softmax" ? "softmax" : layer.getConfig()["activation"];
}
