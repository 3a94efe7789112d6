import { LecternError } from "@lectern/shared/errors";

/** @throws LecternError `invalid-data` naming the first label outside 0 … classes − 1. */
export function expectLabels(labels: ArrayLike<number>, classes: number, what: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new LecternError(
        "invalid-data",
        `${what}: label ${label} at index ${i}, expected an integer from 0 to ${classes - 1}.`,
        "Number the classes from 0, and list every class in classNames.",
      );
  }
}
