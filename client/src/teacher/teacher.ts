import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Manifest } from "@lectern/shared/schema";
import type { Coefficients, PlainTensor, StudentState } from "@lectern/shared/teacher";
import { teacherGuide } from "../lesson/guide.ts";
import { createLesson, type Lesson, type TeacherLessonOptions } from "./lesson.ts";
import { openNetwork, type TeacherTensors } from "./network.ts";
import { resolveRecipe, warnOfDeviations, type RecipeOptions } from "./recipe.ts";
import { classesOf, runCourse, type Course, type TeachOptions, type TeachResult } from "./teach.ts";
import { collectWarnings, type Warning, type Warnings } from "./warnings.ts";

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
 * A teacher from its manifest and weights, as `readManifest` and `readWeights` give them. Nothing is verified here but
 * that they fit together: `connect` and `loadTeacher` check digest and signature first.
 *
 * @throws LecternError `invalid-artifact`: weights that aren't the manifest's; `unsupported`: unknown state features
 * @example
 * ```ts
 * const teacher = createTeacher({ manifest: readManifest(text), tensors: readWeights(bytes) });
 * ```
 */
export function createTeacher({
  manifest,
  tensors,
}: {
  manifest: Manifest;
  tensors: TeacherTensors;
}): Teacher {
  const guide = teacherGuide(openNetwork(manifest, tensors));
  const open = (
    options: RecipeOptions & { onWarning?(warning: Warning): void },
  ): { course: Course; warnings: Warnings } => {
    const warnings = collectWarnings((warning) => options.onWarning?.(warning));
    const resolved = resolveRecipe(manifest.recipe, options);
    warnOfDeviations(manifest.recipe, resolved, warnings);
    const { count: classes, names: classNames } = manifest.classes;
    return { course: { guide, classes, classNames, resolved }, warnings };
  };
  return {
    manifest,
    emit: (state) => guide.emit(state),
    async teach(model, options) {
      const { course, warnings } = open(options);
      const classes = classesOf(model);
      const { fallback } = options;
      if (!fallback || classes === manifest.classes.count) return runCourse(model, course, options, warnings);
      warnings.add(
        "fallback",
        `The teacher has ${manifest.classes.count} classes and the model ${classes}: the fallback teaches instead.`,
      );
      return runCourse(model, { ...course, guide: fallback, classes, classNames: [] }, options, warnings);
    },
    lesson(model, options = {}) {
      const { course, warnings } = open(options);
      return createLesson(model, course, options, warnings);
    },
  };
}
