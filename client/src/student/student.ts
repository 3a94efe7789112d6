import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { LecternError } from "@lectern/shared/errors";

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
  if (model.outputs.length !== 1 || model.inputs.length !== 1)
    throw new LecternError(
      "unsupported",
      `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs; a student has one of each.`,
      "Teach a model with one input and one output.",
    );
  const units = model.outputs[0]!.shape.at(-1);
  const binary = units === 1 && classes === 2;
  if (units === 1 && !binary)
    throw new LecternError(
      "unsupported",
      `The model has one output (regression, or a binary classifier) and the teacher has ${classes} classes.`,
      "Train regression with model.fit and a loss of its own; a binary classifier with a teacher of 2 classes.",
    );
  if (units !== classes && !binary)
    throw new LecternError(
      "invalid-argument",
      `The model's output has ${units} classes and the teacher was trained for ${classes}.`,
      `Give the last layer ${classes} units, or choose a teacher of ${units} classes.`,
    );
  const activation = lastActivation(model);
  const found: Outputs | undefined =
    activation === "softmax" || activation === "sigmoid"
      ? "probabilities"
      : activation === "linear"
        ? "logits"
        : undefined;
  if (outputs === "logits" && found === "probabilities")
    throw new LecternError(
      "invalid-argument",
      `The model's last layer ends in ${activation}: it gives probabilities where logits were promised.`,
      `Remove that activation, or pass outputs: "probabilities".`,
    );
  if (activation === "sigmoid" && !binary)
    throw new LecternError(
      "invalid-argument",
      "The model's last layer ends in sigmoid over several classes, so that its outputs aren't one distribution.",
      "Use a linear last layer (logits) or softmax.",
    );
  const trainable = model.trainableWeights;
  if (trainable.length === 0)
    throw new LecternError(
      "unsupported",
      "The model has no trainable weights.",
      "Set layer.trainable = true on what is to be taught.",
    );
  const kind = outputs ?? found ?? "logits";
  const logits = (output: tf.Tensor): tf.Tensor2D => toLogits(output, kind, classes, binary);
  return {
    model,
    classes,
    variables: trainable.map((w) => w.read() as tf.Variable),
    statistics: model.nonTrainableWeights.map((w) => w.read() as tf.Variable),
    forward: (x, training) => logits(model.apply(x, { training }) as tf.Tensor),
    logits,
  };
}

function toLogits(output: tf.Tensor, kind: Outputs, classes: number, binary: boolean): tf.Tensor2D {
  const flat = tf.reshape(output, [-1, binary ? 1 : classes]) as tf.Tensor2D;
  if (!binary) return kind === "logits" ? flat : (tf.log(tf.add(flat, tiny)) as tf.Tensor2D);
  const zero = tf.zerosLike(flat);
  if (kind === "logits") return tf.concat([zero, flat], 1);
  // log-odds: log p − log(1 − p).
  const logit = tf.sub(tf.log(tf.add(flat, tiny)), tf.log(tf.add(tf.sub(1, flat), tiny))) as tf.Tensor2D;
  return tf.concat([zero, logit], 1);
}

/** Keeps log p finite where a probability rounds to 0; float32's smallest normal number is 1.2e-38. */
const tiny = 1e-30;

function lastActivation(model: LayersModel): string {
  const layer = model.outputs[0]!.sourceLayer;
  if (layer.getClassName() === "Softmax") return "softmax";
  const { activation } = layer.getConfig() as { activation?: unknown };
  return typeof activation === "string" ? activation : "none";
}
