import { LecternError } from "@lectern/shared/errors";
import type * as tf from "@tensorflow/tfjs-layers";

/** What a new student is built for. */
export interface StudentOptions {
  /** Of one example: [height, width, channels] for images. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Determines every initial weight, to the bit. */
  readonly seed: number;
  /** Units of the hidden dense layer. */
  readonly hidden?: number;
  /** Of the built-in students' hidden layers. */
  readonly activation?: "relu" | "tanh";
}

/** A new student: a `tf.LayersModel` from [batch, …inputShape] to logits [batch, classes]. */
export type StudentBuilder = (options: StudentOptions) => tf.LayersModel;

/** @throws LecternError `invalid-argument` naming the option. */
export function expectStudentOptions(
  name: string,
  { inputShape, classes, seed, hidden }: StudentOptions,
): void {
  const refuse = (problem: string, remedy: string): never => {
    throw new LecternError("invalid-argument", `Student ${name}: ${problem}.`, remedy);
  };
  if (inputShape.length === 0 || !inputShape.every((size) => Number.isInteger(size) && size > 0))
    refuse(`inputShape is [${inputShape.join(", ")}], expected positive integers`, "Pass [28, 28, 1], say.");
  if (!Number.isInteger(classes) || classes < 2)
    refuse(`classes is ${classes}, expected an integer of at least 2`, "Pass the task's number of classes.");
  if (!Number.isInteger(seed)) refuse(`seed is ${seed}, expected an integer`, "Pass a 32-bit integer.");
  if (hidden !== undefined && (!Number.isInteger(hidden) || hidden < 1))
    refuse(
      `hidden is ${hidden}, expected an integer of at least 1`,
      "Pass hidden: 128, say, or leave it out.",
    );
}
