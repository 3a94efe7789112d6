import { conform } from "@lectern/shared/artifact";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { takeSnapshot } from "../lesson/best.ts";
import type { Steps } from "../lesson/steps.ts";
import { openStudent } from "../student/student.ts";
import { resolveRecipe } from "../teacher/recipe.ts";
import type { Teacher } from "../teacher/teacher.ts";
import type { TeachOptions, TeachResult } from "../teacher/teach.ts";
import { collectWarnings, type Warning } from "../teacher/warnings.ts";
import { mergeWarnings } from "./merge-warnings.ts";
import { expectOptimizer } from "./optimizer-state.ts";
import { dataPin, expectSame, studentPin, teacherPin, type Identity } from "./pins.ts";
import { attachOptimizer, putPlace, putStudent, readPlace, takePlace, type OpenedLesson } from "./place.ts";
import { inexactness } from "./random-layers.ts";
import { readSave, writeSave, type LessonSave } from "./save-format.ts";
import type { LessonStore } from "./store.ts";

export interface SavedTeachOptions extends TeachOptions {
  /** Where the lesson's save lies, if it was begun before, and where it is put. */
  readonly store: LessonStore;
  /** Steps between two saves. Default 100. A save reads all of a student's weights back. */
  readonly saveEverySteps?: number | undefined;
  /** After a save was written. */
  onSave?(save: { step: number; bytes: number }): void | Promise<void>;
}

export interface SavedTeachResult extends TeachResult {
  /** The step that the lesson went on from; 0 where it began. */
  readonly resumedAt: number;
  /** Why the student may not have the bits of one that was never interrupted; empty where it has them. */
  readonly inexact: readonly string[];
}

/**
 * `teacher.teach` that survives what interrupts it: the lesson is saved now and then, when its signal aborts it, and at
 * its end. Called again with the same store, it goes on from its last save, and ends with the bits of a lesson that was
 * never interrupted; a completed lesson gives its student back at once.
 *
 * An abort takes effect after the step that is under way. `store.remove()` forgets the lesson.
 *
 * @throws LecternError as `teacher.teach`; `invalid-data`, `integrity` or `unsupported` for a save that is truncated,
 *   damaged or of a later format; `invalid-argument` for one of another teacher, student, data or recipe. The model and
 *   the save are then as they were
 * @example
 * ```ts
 * const store = indexedDbStore("digits"); // in Node: fileStore("digits.lesson") of @lectern/client/node
 * const { status, resumedAt } = await teachWithSaves(teacher, model, { train: { x, y }, store });
 * ```
 */
export async function teachWithSaves(
  teacher: Teacher,
  model: LayersModel,
  { store, saveEverySteps = 100, onSave, ...options }: SavedTeachOptions,
): Promise<SavedTeachResult> {
  conform(saveEverySteps, 1, "saveEverySteps", "invalid-argument");
  const now = await identify(teacher, model, options);
  const student = openStudent(model, teacher.manifest.classes.count, options.outputs);
  const optimizer = now.optimizer;
  const bytes = await store.read();
  const save = bytes && (await readSave(bytes));
  if (save) {
    expectSame(save.record, now.identity);
    if (optimizer) expectOptimizer(save.record.optimizer, optimizer);
  }
  const resumedAt = save?.record.step ?? 0;
  const inexact = inexactness(model, save?.record, tf.getBackend());
  if (save?.record.status === "completed") {
    putStudent(save, student);
    const { step: steps, emissions, warnings } = save.record;
    return { status: "completed", steps, weightsOfStep: steps, emissions, warnings, resumedAt, inexact };
  }

  const stop = new AbortController();
  if (options.signal?.aborted) stop.abort();
  let lesson: OpenedLesson | undefined;
  let begun = false;
  const earlier = save?.record.warnings ?? [];
  const since: Warning[] = [];
  const keep = async (): Promise<void> => {
    const { tensors: taken, ...place } = takePlace(lesson!);
    const tensors = await readPlace({ ...place, tensors: taken });
    const record = {
      ...place,
      ...now.identity,
      epochs: null,
      warnings: mergeWarnings(earlier, since),
      extra: null,
    };
    const written = await writeSave({ record, tensors } satisfies LessonSave);
    await store.write(written);
    await onSave?.({ step: place.step, bytes: written.length });
  };
  const hooks = {
    restore(run: Steps) {
      lesson = { run, student };
      attachOptimizer(lesson, optimizer, save);
      if (save) putPlace(save, lesson);
    },
    onWarning(warning: Warning) {
      since.push(warning);
      options.onWarning?.(warning);
    },
    async onStep(info: Parameters<NonNullable<TeachOptions["onStep"]>>[0]) {
      begun = true;
      await options.onStep?.(info);
      const done = info.step + 1;
      const aborted = options.signal?.aborted;
      if (aborted || (done % saveEverySteps === 0 && done < info.steps)) await keep();
      if (aborted) stop.abort();
    },
  };
  // Data that can't be taught is found after the save was put in its place.
  const before = takeSnapshot(student);
  try {
    const result = await teacher.teach(model, { ...options, ...hooks, signal: stop.signal });
    if (result.status === "completed") await keep();
    return { ...result, warnings: mergeWarnings(earlier, result.warnings), resumedAt, inexact };
  } catch (error) {
    if (!begun) before.restore();
    throw error;
  } finally {
    before.dispose();
  }
}

/** What the lesson is, by its options. */
async function identify(
  { manifest }: Teacher,
  model: LayersModel,
  options: TeachOptions,
): Promise<{ identity: Identity; optimizer: tf.Optimizer | undefined }> {
  const { recipe, optimizer } = resolveRecipe(manifest.recipe, options, collectWarnings({}));
  const { seed = 0, shuffle = true } = options;
  const identity = {
    teacher: teacherPin(manifest),
    student: await studentPin(model),
    recipe,
    batches: { seed, shuffle, data: await dataPin(options.train, options.dev) },
  };
  return { identity, optimizer };
}
