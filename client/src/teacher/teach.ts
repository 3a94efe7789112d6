import type { LayersModel } from "@tensorflow/tfjs-layers";
import { LecternError } from "@lectern/shared/errors";
import type { Recipe } from "@lectern/shared/schema";
import { createBatches } from "../lesson/batches.ts";
import type { Guide } from "../lesson/guide.ts";
import { runLesson, type LessonEvents } from "../lesson/run.ts";
import type { LessonResult } from "../lesson/steps.ts";
import { openExamples, type Data, type Examples } from "../student/examples.ts";
import { splitExamples } from "../student/split.ts";
import { openStudent, type Outputs } from "../student/student.ts";
import type { RecipeOptions, ResolvedRecipe } from "./recipe.ts";
import type { Warning, Warnings } from "./warnings.ts";

export interface TeachOptions extends RecipeOptions, Pick<LessonEvents, "onStep" | "onEmission"> {
  readonly train: Data;
  /** Clean examples that training doesn't see, for teachers that look at dev data. */
  readonly dev?: Data | undefined;
  /** Of the batches' order; the same seed gives the same student on one backend, dropout apart. Default 0. */
  readonly seed?: number | undefined;
  /** false: batches in the data's order, as model.fit with shuffle: false. Default true. */
  readonly shuffle?: boolean | undefined;
  /** What the model's last layer gives; only needed where its activation doesn't tell. */
  readonly outputs?: Outputs | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * The loss to use if the teacher's classes aren't the model's: `fixedLoss("cross-entropy")` of `@lectern/client/fixed`,
   * say. Without it that is an error: nothing falls back unasked, and a warning says that it did.
   */
  readonly fallback?: Guide | undefined;
  onWarning?(warning: Warning): void;
}

export interface TeachResult extends LessonResult {
  readonly warnings: readonly Warning[];
}

/** What is taught: the guide with its classes, and the recipe that the lesson goes by. */
export interface Course {
  readonly guide: Guide;
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly resolved: ResolvedRecipe;
}

/**
 * Opens model and data, runs the lesson, and disposes whatever it opened on every path.
 * @throws LecternError for a model or data that can't be taught, before the first step
 */
export async function runCourse(
  model: LayersModel,
  { guide, classes, classNames, resolved }: Course,
  options: TeachOptions,
  warnings: Warnings,
): Promise<TeachResult> {
  const { seed = 0, shuffle = true } = options;
  if (!Number.isSafeInteger(seed))
    throw new LecternError(
      "invalid-argument",
      `seed is ${seed}, expected an integer.`,
      "Leave it out for 0.",
    );
  const student = openStudent(model, classes, options.outputs);
  const open = (data: Data, what: string) => openExamples(data, { classes, classNames, what, student });
  let [train, dev]: [Examples, Examples | undefined] = [await open(options.train, "train"), undefined];
  try {
    if (guide.needsDev) {
      if (options.dev) dev = await open(options.dev, "dev");
      else ({ part: dev, rest: train } = splitDev(guide, train, seed, warnings));
      warnOfFewExamples(guide, dev, warnings);
    }
    const batches = createBatches(train.count, resolved.recipe.batchSize, seed, { shuffle });
    warnOfSmallBatch(resolved.recipe, batches.batchSize, warnings);
    const result = await runLesson({
      student,
      guide,
      train,
      dev,
      batches,
      ...resolved,
      signal: options.signal,
      ...(options.onStep && { onStep: options.onStep }),
      ...(options.onEmission && { onEmission: options.onEmission }),
    });
    return { ...result, warnings: warnings.list };
  } finally {
    train.dispose();
    dev?.dispose();
  }
}

/** The share of the training data that stands in for dev data. */
const devShare = 0.2;

function splitDev(guide: Guide, train: Examples, seed: number, warnings: Warnings) {
  const count = Math.min(Math.floor(train.count * devShare), guide.measurement!.devExamples);
  if (count < 2 * train.classes)
    throw new LecternError(
      "invalid-data",
      `There is no dev data, and ${train.count} training examples are too few to split some off.`,
      `Pass dev: { x, y }, or at least ${Math.ceil((2 * train.classes) / devShare)} training examples, or use a no-dev teacher.`,
    );
  warnings.add(
    "dev-data",
    `There is no dev data: ${count} of ${train.count} training examples were set aside.`,
  );
  return splitExamples(train, count, seed);
}

export function warnOfFewExamples(guide: Guide, dev: Examples, warnings: Warnings): void {
  const wanted = guide.measurement?.devExamples ?? 0;
  if (dev.count < wanted)
    warnings.add("dev-data", `dev has ${dev.count} examples; the teacher was trained for ${wanted}.`);
}

function warnOfSmallBatch(recipe: Recipe, batchSize: number, warnings: Warnings): void {
  if (batchSize < recipe.batchSize)
    warnings.add("recipe", `batchSize is ${batchSize}, all there is; the recipe has ${recipe.batchSize}.`);
}

/** How many classes a model tells apart: one output is a binary classifier's. */
export function classesOf(model: LayersModel): number {
  const units = model.outputs[0]?.shape.at(-1) ?? 0;
  return units === 1 ? 2 : units;
}
