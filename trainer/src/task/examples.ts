import { LecternError } from "@lectern/shared/errors";
import { expectLabels, gatherInputs, gatherLabels } from "../data/index.ts";
import type { Dataset } from "../data/index.ts";

/** Inputs and labels, as a lesson takes them. */
export interface Examples {
  /** [count, …inputShape], row-major. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [count], class indices. */
  readonly y: Int32Array<ArrayBuffer>;
  readonly count: number;
}

export function gatherExamples(dataset: Dataset, indices: Int32Array): Examples {
  return {
    x: gatherInputs(dataset, indices),
    y: gatherLabels(dataset, indices),
    count: indices.length,
  };
}

/** First `a`, then `b`: for rivals that get the dev examples as training data, too. */
export function joinExamples(a: Examples, b: Examples): Examples {
  const x = new Float32Array(a.x.length + b.x.length);
  x.set(a.x);
  x.set(b.x, a.x.length);
  const y = new Int32Array(a.count + b.count);
  y.set(a.y);
  y.set(b.y, a.count);
  return { x, y, count: a.count + b.count };
}

/**
 * Every `of`-th example from `index` on is held, the rest is for training. A single example stays on both sides.
 */
export function leaveOut(
  { x, y, count }: Examples,
  { index, of }: { readonly index: number; readonly of: number },
): { readonly rest: Examples; readonly held: Examples } {
  const width = x.length / count;
  const pick = (wanted: (row: number) => boolean): Examples => {
    const rows = Array.from({ length: count }, (_, row) => row).filter((row) => count === 1 || wanted(row));
    const values = new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries()) values.set(x.subarray(row * width, (row + 1) * width), i * width);
    return { x: values, y: Int32Array.from(rows, (row) => y[row]!), count: rows.length };
  };
  return { rest: pick((row) => row % of !== index), held: pick((row) => row % of === index) };
}

/** Of {@link validateExamples}. */
export interface ExampleRules {
  readonly classes: number;
  /** Numbers per example. */
  readonly features: number;
  /** For messages: whose examples these are. */
  readonly what: string;
}

/**
 * Checks data that came from outside: not empty, as many inputs as labels, finite inputs, labels in range.
 *
 * @throws LecternError `invalid-data` naming the first index that is wrong.
 */
export function validateExamples(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { classes, features, what }: ExampleRules,
): void {
  if (y.length === 0)
    throw new LecternError("invalid-data", `${what} is empty.`, "Give it at least one example.");
  if (x.length !== y.length * features)
    throw new LecternError(
      "invalid-data",
      `${what} has ${x.length} input values and ${y.length} labels, expected ${y.length} × ${features} = ${y.length * features} input values.`,
      "Make x as long as the labels times the numbers of one example, row by row.",
    );
  for (let i = 0; i < x.length; i++)
    if (!Number.isFinite(x[i]))
      throw new LecternError(
        "invalid-data",
        `${what} has ${x[i]} in x, in example ${Math.floor(i / features)} at position ${i % features} (index ${i}).`,
        "Remove the example or fill the value in.",
      );
  expectLabels(y, classes, what);
}
