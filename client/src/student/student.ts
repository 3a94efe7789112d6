import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { LecternError, type ErrorCode } from "@lectern/shared/errors";

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
  const [input, output, ...others] = [...model.inputs, ...model.outputs];
  demand(
    input && output && others.length === 0,
    "unsupported",
    `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs, expected one of each`,
    "Teach a model of that kind.",
  );
  const units = output.shape.at(-1);
  const binary = units === 1 && classes === 2;
  demand(
    units !== 1 || binary,
    "unsupported",
    `The model has one output (regression?) and the teacher ${classes} classes`,
    "Train regression with model.fit; two classes with a teacher of 2.",
  );
  demand(
    units === classes || binary,
    "invalid-argument",
    `The model's output has ${units} classes and the teacher ${classes}`,
    `Give it ${classes} units, or choose another teacher.`,
  );
  const activation = lastActivation(model);
  const probabilities = activation === "softmax" || activation === "sigmoid";
  demand(
    outputs !== "logits" || !probabilities,
    "invalid-argument",
    `The model ends in ${activation}: probabilities where logits were promised`,
    `Remove it, or pass outputs: "probabilities".`,
  );
  demand(
    activation !== "sigmoid" || binary,
    "invalid-argument",
    "The model ends in sigmoid: its outputs aren't one distribution",
    "Use logits or softmax.",
  );
  const trainable = model.trainableWeights;
  demand(
    trainable.length,
    "unsupported",
    "The model has no trainable weights",
    "Set layer.trainable = true.",
  );
  const kind = outputs ?? (probabilities ? "probabilities" : "logits");
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

function demand(holds: unknown, code: ErrorCode, problem: string, remedy: string): asserts holds {
  if (!holds) throw new LecternError(code, `${problem}.`, remedy);
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
