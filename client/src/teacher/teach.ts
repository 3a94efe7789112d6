import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expectWhole } from "@lectern/shared/artifact";
import { createBatches } from "../lesson/batches.ts";
import type { Guide } from "../lesson/guide.ts";
import { runLesson, type LessonEvents } from "../lesson/run.ts";
import type { LessonResult } from "../lesson/steps.ts";
import { openExamples, type Data, type Examples } from "../student/examples.ts";
import { openStudent, type Outputs, type Student } from "../student/student.ts";
import { compareAll, type RecipeOptions, type ResolvedRecipe } from "./recipe.ts";
import type { Warning, Warnings } from "./warnings.ts";

export interface TeachOptions extends RecipeOptions, Pick<LessonEvents, "onStep" | "onEmission"> {
  readonly train: Data;
  /** Clean examples that training doesn't see: required by teachers that look at dev data. */
  readonly dev?: Data | undefined;
  /** Of the batches' order; the same seed gives the same student on one backend, dropout apart. Default 0. */
  readonly seed?: number | undefined;
  /** false: batches in the data's order, as model.fit with shuffle: false. Default true. */
  readonly shuffle?: boolean | undefined;
  /** What the model's last layer gives; only needed where its activation doesn't tell. */
  readonly outputs?: Outputs | undefined;
  readonly signal?: AbortSignal | undefined;
  onWarning?(warning: Warning): void;
}

export interface TeachResult extends LessonResult {
  readonly warnings: readonly Warning[];
}

/** What is taught: the guide with its classes, the recipe that the lesson goes by, and what is odd about it. */
export interface Course extends ResolvedRecipe {
  readonly guide: Guide;
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly warnings: Warnings;
}

/**
 * Opens model and data, runs the lesson, and disposes whatever it opened on every path.
 * @throws LecternError for a model or data that can't be taught, before the first step
 */
export async function runCourse(
  model: LayersModel,
  course: Course,
  options: TeachOptions,
): Promise<TeachResult> {
  const { classes, recipe, made, warnings } = course;
  const { seed = 0, shuffle = true } = options;
  expectWhole(seed, Number.MIN_SAFE_INTEGER, "seed", "invalid-argument");
  const student = openStudent(model, classes, options.outputs);
  const train = await openExamples(options.train, { ...course, what: "train", student });
  let dev: Examples | undefined;
  try {
    dev = await openDev(course, student, options.dev);
    const batches = createBatches(train.count, recipe.batchSize, seed, { shuffle });
    compareAll(warnings, { batchSize: batches.batchSize }, made);
    const result = await runLesson({ ...options, ...course, student, train, dev, batches });
    return { ...result, warnings: warnings.list };
  } finally {
    train.dispose();
    dev?.dispose();
  }
}

/** The dev data that a teacher looks at, if it looks at any. */
export async function openDev(
  course: Course,
  student: Student,
  data: Data | undefined,
): Promise<Examples | undefined> {
  const { guide, warnings } = course;
  if (!guide.needsDev) return undefined;
  const dev = await openExamples(data!, { ...course, what: "dev", student });
  const wanted = guide.measurement!.devExamples;
  warnings.compare("dev-data", "dev.x.length", Math.min(dev.count, wanted), wanted);
  return dev;
}
