import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import type { Student } from "./student.ts";

export const invalid = (problem: string, remedy: string): LecternError =>
  new LecternError("invalid-data", problem, remedy);

/** x must have the shape that the model takes, the number of examples apart. */
export function checkInput({ model }: Student, x: tf.Tensor, what: string): void {
  const expected = model.inputs[0]!.shape.slice(1);
  const found = x.shape.slice(1);
  if (found.length === expected.length && expected.every((size, i) => size === null || size === found[i]))
    return;
  throw invalid(
    `${what}.x has examples of shape [${found.join(", ")}], and the model takes [${expected.map((size) => size ?? "any").join(", ")}].`,
    "Reshape the data, or the model's input.",
  );
}

async function firstIndex(mask: tf.Tensor): Promise<number> {
  const found = tf.tidy(() => tf.any(mask));
  const any = (await found.data())[0];
  found.dispose();
  const index = any ? (await mask.data()).findIndex(Boolean) : -1;
  mask.dispose();
  return index;
}

export async function checkFinite(t: tf.Tensor, what: string): Promise<void> {
  const index = await firstIndex(tf.tidy(() => tf.logicalNot(tf.isFinite(t))));
  if (index < 0) return;
  const row = Math.floor(index / (t.size / t.shape[0]!));
  throw invalid(
    `${what} has NaN or infinity in example ${row}.`,
    "Clean the data: impute or drop such examples.",
  );
}

export async function checkLabels(y: tf.Tensor, classes: number, what: string): Promise<void> {
  const index = await firstIndex(
    tf.tidy(() => {
      const v = tf.cast(y, "float32");
      const whole = tf.equal(v, tf.floor(v));
      return tf.logicalNot(tf.logicalAnd(whole, tf.logicalAnd(tf.greaterEqual(v, 0), tf.less(v, classes))));
    }),
  );
  if (index < 0) return;
  const value = (await y.data())[index];
  throw invalid(
    `${what}.y[${index}] is ${value}, expected a class number from 0 to ${classes - 1}.`,
    `Number the classes from 0, or pass one-hot labels with ${classes} columns.`,
  );
}

export async function checkWeights(
  weights: tf.Tensor,
  shape: readonly number[],
  what: string,
): Promise<void> {
  if (weights.size !== shape.reduce((a, b) => a * b, 1))
    throw invalid(
      `${what}.weights has shape [${weights.shape.join(", ")}], expected [${shape.join(", ")}].`,
      "Pass one weight for each label.",
    );
  const index = await firstIndex(
    tf.tidy(() => tf.logicalNot(tf.logicalAnd(tf.isFinite(weights), tf.greaterEqual(weights, 0)))),
  );
  if (index >= 0)
    throw invalid(
      `${what}.weights[${index}] is negative or not finite.`,
      "Weights are numbers of at least 0.",
    );
}

/** Soft labels must be distributions over the classes. */
export async function checkDistributions(y: tf.Tensor, what: string): Promise<void> {
  const index = await firstIndex(
    tf.tidy(() => {
      const off = tf.abs(tf.sub(tf.sum(y, -1), 1));
      const negative = tf.any(tf.less(y, 0), -1);
      // Not "off > 0.001": a NaN must count as wrong.
      return tf.logicalOr(tf.logicalNot(tf.lessEqual(off, 1e-3)), negative);
    }),
  );
  if (index >= 0)
    throw invalid(
      `${what}.y[${index}] isn't a distribution over the classes: its values must be at least 0 and sum to 1.`,
      "Pass one-hot rows, probabilities, or class numbers.",
    );
}
