import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Manifest } from "@lectern/shared/schema";
import { demand, isLecternError } from "@lectern/shared/errors";
import { emitOnHost, type Coefficients, type PlainTensor, type StudentState } from "@lectern/shared/teacher";
import { guideOf } from "../lesson/guide.ts";
import { createLesson, type Lesson, type TeacherLessonOptions } from "./lesson.ts";
import { fitNetwork } from "./fit-network.ts";
import type { TeacherTensors } from "./network.ts";
import { resolveRecipe, type RecipeOptions } from "./recipe.ts";
import { runCourse, type Course, type TeachOptions, type TeachResult } from "./teach.ts";
import { collectWarnings } from "./warnings.ts";

/** A model that emits loss functions, ready to teach students on this device. */
export interface Teacher {
  readonly manifest: Manifest;
  /**
   * φ = μ_θ(s) for a recorded state, in float64 on the host: the same on every backend.
   * @throws LecternError `invalid-argument` if the teacher looks at dev data and the state has none
   */
  emit(state: StudentState): Coefficients<PlainTensor>;
  /**
   * Trains a model on the losses that this teacher emits: the loop that it was meta-trained with. The model's weights
   * are updated in place. What isn't given comes from the recipe in the manifest; deviations are warnings.
   *
   * @returns how it ended: a diverging student is a result, with its best weights put back
   * @throws LecternError before the first step, for a model or data that can't be taught
   * @example
   * ```ts
   * const { status, warnings } = await teacher.teach(model, { train: { x, y }, dev: { x: devX, y: devY } });
   * ```
   */
  teach(model: LayersModel, options: TeachOptions): Promise<TeachResult>;
  /**
   * The teacher's loss for model.fit, or for a loop of your own.
   * @throws LecternError for a model that can't be taught, or if dev data is needed and missing
   * @example
   * ```ts
   * const lesson = teacher.lesson(model, { dev: { x: devX, y: devY } });
   * model.compile({ optimizer: tf.train.sgd(teacher.manifest.recipe.optimizer.learningRate), loss: lesson.loss });
   * await model.fit(x, oneHotY, { batchSize: 64, epochs: 5, callbacks: lesson.callbacks });
   * ```
   */
  lesson(model: LayersModel, options?: TeacherLessonOptions): Lesson;
}

/**
 * A teacher from its manifest and weights, as `openManifest` and `readWeights` give them. Nothing is verified here but
 * that they fit together: `connect` and `loadTeacher` check digest and signature first.
 *
 * @throws LecternError `invalid-artifact`: a malformed manifest, or weights that aren't the manifest's; `unsupported`: state
 *   features or an optimizer that this version doesn't know
 * @example
 * ```ts
 * const teacher = createTeacher({ manifest: openManifest(text), tensors: readWeights(bytes) });
 * ```
 */
export function createTeacher(parts: { manifest: Manifest; tensors: TeacherTensors }): Teacher {
  const { manifest } = parts;
  const { network, recipe } = open(parts);
  const guide = guideOf(network, emitOnHost);
  const { count: classes, names: classNames } = manifest.classes;
  const prepare = (options: CourseOptions): Course => {
    demand(
      options.dev || !guide.needsDev,
      "invalid-data",
      "This teacher looks at dev data, and there is none",
      "Pass dev: { x, y }, or use a no-dev teacher.",
    );
    const warnings = collectWarnings(options);
    return { guide, classes, classNames, warnings, ...resolveRecipe(recipe, options, warnings) };
  };
  return {
    manifest,
    emit: guide.emit,
    teach: async (model, options) => runCourse(model, prepare(options), options),
    lesson: (model, options = {}) => createLesson(model, prepare(options), options),
  };
}

function open({ manifest, tensors }: Parameters<typeof createTeacher>[0]): Fitting {
  let fitting: Fitting | undefined;
  let cause: unknown;
  try {
    fitting = fitNetwork(manifest, tensors);
  } catch (error) {
    if (isLecternError(error)) throw error;
    cause = error;
  }
  demand(
    fitting,
    "invalid-artifact",
    "The manifest is malformed, or the weights aren't its own",
    undefined,
    cause,
  );
  return fitting;
}

type Fitting = NonNullable<ReturnType<typeof fitNetwork>>;
type CourseOptions = RecipeOptions & Pick<TeachOptions, "dev" | "onWarning">;
