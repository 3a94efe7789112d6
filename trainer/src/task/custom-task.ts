import { LecternError } from "@lectern/shared/errors";
import { featureCount, sharedFloats, sharedLabels } from "../data/index.ts";
import type { Dataset } from "../data/index.ts";
import { importDefault, orExplain } from "./custom-module.ts";
import { validateExamples } from "./examples.ts";
import type { TaskSpec } from "./spec.ts";
import type { TaskData } from "./task.ts";

/** Row-major inputs and class indices: typed or plain arrays. */
export interface CustomExamples {
  /** [count, …inputShape], finite. */
  readonly x: ArrayLike<number>;
  /** [count], 0 … classNames.length − 1. */
  readonly y: ArrayLike<number>;
}

/** What a task module exports by default, or the function that it exports returns. */
export interface CustomTask {
  readonly classNames: readonly string[];
  /** Of one example, without the batch. */
  readonly inputShape: readonly number[];
  /** Clean: label noise, imbalance and splits are applied to it as to any task. */
  readonly train: CustomExamples;
  /** Left out: test examples are held out of `train`. */
  readonly test?: CustomExamples;
}
/** The other form of a task module: called once, with what the user asked for. */
export type CustomTaskFactory = (options: CustomTaskOptions) => CustomTask | Promise<CustomTask>;
export interface CustomTaskOptions {
  readonly spec: TaskSpec;
  /** From `--data-dir` or LECTERN_DATA. */
  readonly dataDir: string | undefined;
}

/** @throws LecternError naming the module and what is wrong with its task. */
export async function loadCustomTask(options: CustomTaskOptions): Promise<TaskData> {
  const path = options.spec.name;
  const exported = await importDefault(path, "task");
  const made: unknown =
    typeof exported === "function"
      ? await orExplain(path, "task", "threw", () => (exported as CustomTaskFactory)(options))
      : exported;
  const { classNames, inputShape, train, test } = expectTask(made, path);
  return {
    spec: options.spec,
    train: toDataset(train, { classNames, inputShape, what: `${path}: train` }),
    test: test ? toDataset(test, { classNames, inputShape, what: `${path}: test` }) : null,
    note: test ? null : "Test examples are held out of the training data.",
  };
}

function expectTask(made: unknown, path: string): CustomTask {
  const task = (typeof made === "object" && made !== null ? made : {}) as Partial<CustomTask>;
  const refuse = (problem: string, remedy: string): never => {
    throw new LecternError("invalid-argument", `The task module ${path} ${problem}.`, remedy);
  };
  const { classNames, inputShape, train, test } = task;
  if (!Array.isArray(classNames) || new Set(classNames).size !== classNames.length || classNames.length < 2)
    return refuse(
      "has no classNames, expected at least two different names",
      'Add classNames: ["cat", "dog"].',
    );
  if (!Array.isArray(inputShape) || !inputShape.every((size) => Number.isInteger(size) && size > 0))
    return refuse("has no inputShape, expected positive integers", "Add inputShape: [28, 28, 1], say.");
  if (!isExamples(train))
    return refuse("has no train examples, expected { x, y } with arrays of numbers", "Add train: { x, y }.");
  if (test !== undefined && !isExamples(test))
    return refuse("has a test that isn't { x, y } with arrays of numbers", "Mend test, or leave it out.");
  return { classNames, inputShape, train, ...(test ? { test } : {}) };
}

function isExamples(value: unknown): value is CustomExamples {
  const { x, y } = (value ?? {}) as Partial<CustomExamples>;
  return [x, y].every((array) => Array.isArray(array) || (ArrayBuffer.isView(array) && "length" in array));
}

function toDataset(
  { x, y }: CustomExamples,
  { classNames, inputShape, what }: Pick<CustomTask, "classNames" | "inputShape"> & { readonly what: string },
): Dataset {
  validateExamples(x, y, { classes: classNames.length, features: featureCount(inputShape), what });
  const values = sharedFloats(x.length);
  values.set(x);
  const labels = sharedLabels(y.length);
  labels.set(y);
  return {
    values,
    divisor: 1,
    labels,
    shape: [...inputShape],
    classNames: [...classNames],
    count: y.length,
  };
}
