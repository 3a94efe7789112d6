import { tf } from "@lectern/shared/tensorflow";
import { expectData, fits, show } from "./checks.ts";
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
 * Where no student is known, class numbers have one axis.
 */
export function readLabels(
  given: tf.Tensor,
  x: tf.Tensor,
  { classes, what, student }: { classes: number; what: string; student?: Student | undefined },
): Labels {
  const columns = given.shape.at(-1);
  const outputs = student?.model.outputs[0]!.shape.slice(1, -1);
  const rank = outputs ? outputs.length + 1 : 1;
  const soft = columns === classes && given.rank > rank;
  const squeeze = !soft && columns === 1 && given.rank > rank;
  const shape = soft || squeeze ? given.shape.slice(0, -1) : given.shape;
  const expected = [x.shape[0]!, ...(outputs ?? shape.slice(1))];
  expectData(
    given.dtype !== "string" && fits(shape, expected),
    `${what}.y has shape ${show(given.shape)}, expected ${show(expected)} for class numbers, or distributions with ${classes} columns`,
  );
  // Never `given` itself: a cast to the same type gives a tensor of its own.
  const y = tf.tidy(() =>
    soft ? tf.cast(given, "float32") : tf.cast(squeeze ? tf.squeeze(given, [-1]) : given, "int32"),
  );
  return { y, soft };
}
