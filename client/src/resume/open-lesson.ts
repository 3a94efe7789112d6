import { demand } from "@lectern/shared/errors";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Steps } from "../lesson/steps.ts";
import { openStudent } from "../student/student.ts";
import type { Lesson, LessonCallbacks, TeacherLessonOptions } from "../teacher/lesson.ts";
import { resolveRecipe } from "../teacher/recipe.ts";
import type { Teacher } from "../teacher/teacher.ts";
import { collectWarnings } from "../teacher/warnings.ts";
import { mergeWarnings } from "./merge-warnings.ts";
import { expectOptimizer } from "./optimizer-state.ts";
import { expectSame, studentPin, teacherPin, type Identity } from "./pins.ts";
import { attachOptimizer, putPlace, readPlace, takePlace, type OpenedLesson } from "./place.ts";
import { inexactness } from "./random-layers.ts";
import { readSave, writeSave, type LessonRecord } from "./save-format.ts";

export interface OpenLessonOptions extends TeacherLessonOptions {
  /** What `save` gave: the lesson goes on from there. */
  readonly saved?: Uint8Array | undefined;
}

/** A lesson with steps that somebody else takes, which can be saved between two of them. */
export interface SavableLesson extends Lesson {
  readonly callbacks: LessonCallbacks & {
    onEpochBegin(epoch: number): Promise<void>;
    onEpochEnd(epoch: number): Promise<void>;
  };
  /**
   * The whole lesson as bytes: student, optimizer, measurements, φ. In a loop of one's own call it after a step or
   * before `next()`; in model.fit from an `onEpochEnd` that is listed after `lesson.callbacks`.
   *
   * @param extra whatever the loop needs to go on, such as its place in the data, as JSON carries it
   * @throws LecternError `invalid-argument` in the middle of a step, or before the first; `unsupported` in the middle of
   *   an epoch of model.fit, which can't begin there, and for optimizers that aren't of tf.train
   */
  save(extra?: unknown): Promise<Uint8Array>;
  /** The step that it went on from; 0 where it began. */
  readonly resumedAt: number;
  /** For model.fit: the epochs that are behind it. */
  readonly initialEpoch: number;
  /** What was given to `save`; null where it began. */
  readonly extra: unknown;
  /** Why the student may not get the bits of one that was never interrupted. */
  readonly inexact: readonly string[];
}

/**
 * `teacher.lesson` that can be saved, and that goes on from a save with the same bits: for loops of one's own (which see
 * to it that step t gets the batch that it had) and for model.fit with `shuffle: false`, from one epoch's end.
 * Give a loop's `optimizer` here; what it remembers is saved and put back.
 *
 * @throws LecternError as `teacher.lesson`; `invalid-data`, `integrity` or `unsupported` for a save that is truncated,
 *   damaged or of a later format; `invalid-argument` for one of another teacher, student or recipe. Then the model is as
 *   it was
 * @example
 * ```ts
 * const optimizer = tf.train.adam(0.01);
 * const lesson = await openLesson(teacher, model, { optimizer, saved: await store.read() });
 * for (let t = lesson.resumedAt; await lesson.next(); t++) {
 *   const batch = batchOf(t);
 *   optimizer.minimize(() => lesson.loss(batch.y, model.apply(batch.x, { training: true })));
 *   if (t % 100 === 99) await store.write(await lesson.save());
 * }
 * ```
 */
export async function openLesson(
  teacher: Teacher,
  model: LayersModel,
  { saved, ...options }: OpenLessonOptions = {},
): Promise<SavableLesson> {
  const { manifest } = teacher;
  const { recipe } = resolveRecipe(manifest.recipe, options, collectWarnings({}));
  const identity: Identity = {
    teacher: teacherPin(manifest),
    student: await studentPin(model),
    recipe: { steps: recipe.steps, schedule: recipe.schedule },
    batches: null,
  };
  const save = saved && (await readSave(saved));
  const student = openStudent(model, manifest.classes.count, options.outputs);
  if (save) {
    expectSame(save.record, identity);
    if (options.optimizer) expectOptimizer(save.record.optimizer, options.optimizer);
  }
  const earlier = save?.record.warnings ?? [];
  let epochs = save?.record.epochs ?? 0;
  let way: "fit" | "loop" = "loop";
  let opened: OpenedLesson | undefined;
  /** A step was begun that hasn't been taken, or an epoch that hasn't ended. */
  let inside: "a step" | "an epoch" | undefined;

  const hooks = {
    restore(run: Steps) {
      opened = { run, student };
      if (save) putPlace(save, opened);
      if (options.optimizer) attachOptimizer(opened, options.optimizer, save);
    },
  };
  const lesson = teacher.lesson(model, { ...options, ...hooks });
  const inexact = inexactness(model, save?.record, tf.getBackend());

  return {
    get callbacks() {
      const { onTrainBegin, onBatchBegin, onTrainEnd } = lesson.callbacks;
      return {
        onTrainBegin: async () => {
          way = "fit";
          if (!options.optimizer) attachOptimizer(opened!, model.optimizer, save);
          await onTrainBegin();
        },
        onEpochBegin: async (epoch: number) => {
          demand(
            epoch === epochs,
            "invalid-argument",
            `model.fit begins epoch ${epoch}, and the lesson has ${epochs} behind it`,
            "Pass initialEpoch: lesson.initialEpoch.",
          );
          inside = "an epoch";
        },
        onBatchBegin,
        onEpochEnd: async (epoch: number) => {
          [epochs, inside] = [epoch + 1, undefined];
        },
        onTrainEnd,
      };
    },
    loss(yTrue, yPred) {
      if (inside === "a step") inside = undefined;
      return lesson.loss(yTrue, yPred);
    },
    async next() {
      const more = await lesson.next();
      inside = more ? "a step" : undefined;
      return more;
    },
    get status() {
      return lesson.status;
    },
    get steps() {
      return lesson.steps;
    },
    get weightsOfStep() {
      return lesson.weightsOfStep;
    },
    get emissions() {
      return lesson.emissions;
    },
    get warnings() {
      return mergeWarnings(earlier, lesson.warnings);
    },
    dispose: () => lesson.dispose(),
    async save(extra = null) {
      if (lesson.status === "ready" && saved) return saved;
      demand(
        opened && lesson.status !== "diverged" && lesson.status !== "aborted",
        "invalid-argument",
        `The lesson is ${lesson.status}: what it kept is gone`,
        "Save it between two steps, while it runs.",
      );
      demand(
        inside !== "a step",
        "invalid-argument",
        "The step that lesson.next() began hasn't been taken",
        "Save after optimizer.minimize, or before lesson.next().",
      );
      demand(
        inside !== "an epoch",
        "unsupported",
        "model.fit can't go on from the middle of an epoch",
        "Save from an onEpochEnd that is listed after lesson.callbacks, or use lesson.next() or teachWithSaves.",
      );
      demand(
        opened.optimizer,
        "invalid-argument",
        "The lesson doesn't know the optimizer of your loop",
        "Pass it to openLesson: { optimizer }.",
      );
      const { tensors: taken, ...place } = takePlace(opened);
      const record: LessonRecord = {
        ...place,
        ...identity,
        epochs: way === "fit" ? epochs : null,
        warnings: mergeWarnings(earlier, lesson.warnings),
        extra,
      };
      return writeSave({ record, tensors: await readPlace({ ...place, tensors: taken }) });
    },
    resumedAt: save?.record.step ?? 0,
    get initialEpoch() {
      return epochs;
    },
    extra: save?.record.extra ?? null,
    inexact,
  };
}
