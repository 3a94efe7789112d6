import { demand } from "@lectern/shared/errors";
import type { Recipe } from "@lectern/shared/schema";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { rateAt, updateRule } from "../optimizer/rule.ts";
import type { Data } from "../student/examples.ts";
import { resolveRecipe, type RecipeOptions } from "../teacher/recipe.ts";
import type { Lesson, TeacherLessonOptions } from "../teacher/lesson.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { TeachResult } from "../teacher/teach.ts";
import { collectWarnings } from "../teacher/warnings.ts";

/** A batch as tf.data has it; weights [n] or [n, length] are our own: 0 for padding, or what is to be ignored. */
export interface DatasetBatch {
  readonly xs: tf.Tensor;
  /** One-hot rows or distributions of the output's shape, or class numbers without its last axis. */
  readonly ys: tf.Tensor;
  readonly weights?: tf.Tensor;
}

/** What is used of a `tf.data.Dataset`: each iterator begins a new epoch. */
export interface BatchDataset {
  iterator(): Promise<{ next(): Promise<{ value: unknown; done?: boolean }> }>;
}

export interface TeachDatasetOptions
  extends Pick<RecipeOptions, "steps" | "schedule" | "optimizer">, Omit<TeacherLessonOptions, "optimizer"> {
  readonly dev?: Data | undefined;
  /** After each step. */
  onStep?(info: { readonly step: number; readonly steps: number }): void | Promise<void>;
}

/**
 * `teacher.teach` for data that comes batch by batch: a `tf.data.Dataset`, of however many sources, whose elements are
 * `{ xs, ys }`, with `weights` where examples or tokens weigh differently. It is begun anew at its end, until the
 * teacher's T steps are taken. Unlike `teach`, it can't look at all of the data first: shapes are checked batch by batch,
 * values by their consequences (a student that meets NaN diverges, and gets its best weights back).
 *
 * @throws LecternError as `teacher.lesson`; `invalid-data` for a dataset without batches, or elements of another form
 * @example
 * ```ts
 * const batches = tf.data.zip({ xs: images, ys: labels }).shuffle(1000, "seed").batch(64);
 * const { status } = await teachDataset(teacher, model, batches, { dev: { x: devX, y: devY } });
 * ```
 */
export async function teachDataset(
  teacher: Teacher,
  model: LayersModel,
  dataset: BatchDataset,
  { onStep, ...options }: TeachDatasetOptions = {},
): Promise<TeachResult> {
  const { recipe, optimizer } = resolveRecipe(teacher.manifest.recipe, options, collectWarnings({}));
  const { steps } = recipe;
  const lesson = teacher.lesson(model, { ...options, optimizer });
  const update = optimizer ? byOptimizer(optimizer) : byRule(recipe);
  try {
    const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
    const batches = repeat(dataset);
    while (await lesson.next()) {
      const step = lesson.steps - 1;
      const batch = await batches();
      try {
        // An error inside a gradient would leave TensorFlow.js's saved tensors behind.
        expectShapes(batch, model);
        tf.tidy(() => update.apply(variables, gradientsOf(lesson, model, batch, variables), step));
      } finally {
        tf.dispose({ ...batch });
      }
      await onStep?.({ step, steps });
    }
    const { status, steps: taken, weightsOfStep, emissions, warnings } = lesson as Lesson & TeachResult;
    return { status, steps: taken, weightsOfStep, emissions, warnings };
  } finally {
    lesson.dispose();
    update.dispose();
  }
}

function expectShapes({ xs, ys, weights }: DatasetBatch, model: LayersModel): void {
  const [input, output] = [model.inputs[0]!.shape, model.outputs[0]!.shape];
  const rows = [xs.shape[0]!, ...output.slice(1, -1)];
  const expect = (holds: boolean, what: string, found: readonly number[], expected: Shape) =>
    demand(
      holds,
      "invalid-data",
      `A batch's ${what} have shape [${found.join(", ")}], expected [${expected.map((size) => size ?? "any").join(", ")}]`,
    );
  expect(fits(xs.shape, input), "xs", xs.shape, input);
  const wide = [xs.shape[0]!, ...output.slice(1)];
  const labels = [wide, rows, [...rows, 1]].some((shape) => fits(ys.shape, shape));
  expect(labels, "ys", ys.shape, wide);
  if (weights) expect(fits(weights.shape, rows), "weights", weights.shape, rows);
}

type Shape = readonly (number | null)[];
const fits = (shape: readonly number[], expected: Shape): boolean =>
  shape.length === expected.length && expected.every((size, i) => size === null || size === shape[i]);

function gradientsOf(
  lesson: Lesson,
  model: LayersModel,
  { xs, ys, weights }: DatasetBatch,
  variables: tf.Variable[],
): tf.Tensor[] {
  const { grads } = tf.variableGrads(() => {
    const loss = lesson.loss(ys, model.apply(xs, { training: true }) as tf.Tensor, weights);
    // After the forward pass, in which layers make their penalties known.
    return model.calculateLosses().reduce((sum: tf.Scalar, penalty) => tf.add(sum, penalty), loss);
  }, variables);
  // A weight that the loss doesn't reach has no gradient, which is one of zeros.
  return variables.map((w) => grads[w.name] ?? tf.zerosLike(w));
}

/** Takes the steps. Call `apply` inside tf.tidy. */
interface Update {
  apply(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], step: number): void;
  dispose(): void;
}

const byOptimizer = (optimizer: tf.Optimizer): Update => ({
  apply: (variables, gradients) =>
    optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i]! }))),
  dispose: () => undefined,
});

/** The recipe's own, by the rules that `teach` goes by: the same bits. */
function byRule({ optimizer, schedule, steps }: Recipe): Update {
  const rule = updateRule(optimizer);
  let slots: tf.Tensor[][] | undefined;
  return {
    apply(variables, gradients, step) {
      const before = slots ?? rule.init(variables);
      const rate = rateAt(optimizer.learningRate, schedule, step, steps);
      const { weights, slots: after } = rule.update(variables, gradients, before, rate, step);
      variables.forEach((variable, i) => variable.assign(weights[i]!));
      tf.dispose(before);
      slots = after.map((slot) => slot.map((t) => tf.keep(t)));
    },
    dispose: () => tf.dispose(slots!),
  };
}

/** Batches without end: epoch after epoch. */
function repeat(dataset: BatchDataset): () => Promise<DatasetBatch> {
  let epoch: Awaited<ReturnType<BatchDataset["iterator"]>> | undefined;
  return async () => {
    for (let began = false; ; began = true) {
      epoch ??= await dataset.iterator();
      const { value, done } = await epoch.next();
      if (!done) return asBatch(value);
      epoch = undefined;
      demand(!began, "invalid-data", "The dataset has no batches", "Check that its sources aren't empty.");
    }
  };
}

function asBatch(value: unknown): DatasetBatch {
  const { xs, ys, weights } = Object(value) as Partial<DatasetBatch>;
  const fits =
    xs instanceof tf.Tensor &&
    ys instanceof tf.Tensor &&
    (weights === undefined || weights instanceof tf.Tensor);
  if (!fits) tf.dispose(value as tf.TensorContainer);
  demand(
    fits,
    "invalid-data",
    "The dataset's elements aren't { xs, ys } of one tensor each, perhaps with weights",
    "Map them: dataset.map(({ image, label }) => ({ xs: image, ys: label })).batch(64).",
  );
  return { xs, ys, ...(weights && { weights }) };
}
