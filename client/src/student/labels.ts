import * as tf from "@tensorflow/tfjs-core";
import { invalid } from "./checks.ts";
import type { Student } from "./student.ts";

/** Labels in one of the two forms that lessons work with. */
export interface Labels {
  /** int32 class numbers, or (soft) float32 distributions whose last axis is K. */
  readonly y: tf.Tensor;
  readonly soft: boolean;
}

/**
 * Tells class numbers from distributions by their shape: class numbers have one axis less than the model's output
 * ([n] for [n, K], [n, length] for [n, length, K]; a trailing 1 is dropped), distributions have as many.
 * Where no student is known, two axes whose last has K columns are taken for distributions.
 */
export function readLabels(
  given: tf.Tensor,
  x: tf.Tensor,
  { classes, what, student }: { classes: number; what: string; student?: Student | undefined },
): Labels {
  if (given.dtype === "string")
    throw invalid(
      `${what}.y is a tensor of strings.`,
      "Pass class names as an array of strings, or numbers.",
    );
  const columns = given.shape.at(-1);
  const expected = student ? student.model.outputs[0]!.shape.slice(0, -1) : undefined;
  const wide = given.rank >= 2 && columns === classes;
  const soft = expected
    ? wide && given.rank === expected.length + 1
    : wide && (given.dtype === "float32" || columns !== x.shape[1]);
  const squeeze = !soft && columns === 1 && given.rank > (expected?.length ?? 1);
  const shape = soft || squeeze ? given.shape.slice(0, -1) : given.shape;
  if (expected && !(shape.length === expected.length && expected.every((n, i) => !i || !n || n === shape[i])))
    throw invalid(
      `${what}.y has shape [${given.shape.join(", ")}], expected [${[x.shape[0], ...expected.slice(1).map((n) => n ?? "length")].join(", ")}] for class numbers, or ${classes} columns more for distributions.`,
      "Pass one label for each output of the model.",
    );
  // Never `given` itself: a cast to the same type gives a tensor of its own.
  const y = tf.tidy(() =>
    soft
      ? tf.cast(given, "float32")
      : tf.cast(squeeze ? tf.squeeze(given, [given.rank - 1]) : given, "int32"),
  );
  return { y, soft };
}
