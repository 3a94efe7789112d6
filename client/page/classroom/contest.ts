import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Emission, TeachOptions, TeachResult, Teacher } from "@lectern/client";
import { teachFixed } from "@lectern/client/fixed";
import { createBreather } from "./breathe.ts";
import type { Rival } from "./choice.ts";
import { createExamination } from "./examination.ts";
import { tensorsOf } from "./examples.ts";
import type { LessonData } from "./lesson-data.ts";
import { errorOf } from "./statistics.ts";
import type { StudentName } from "./student-kinds.ts";
import { buildStudent } from "./student.ts";

export type Side = "teacher" | "fixed";

export interface ContestOptions {
  readonly teacher: Teacher;
  readonly rival: Rival;
  readonly data: LessonData;
  readonly student: StudentName;
  /** Of initial weights and batches: the same for both students. */
  readonly seed: number;
  readonly steps?: number | undefined;
  readonly signal?: AbortSignal;
  /** Validation error after so many steps. */
  onValidation?(side: Side, step: number, error: number): void;
  onEmission?(emission: Emission): void;
  /** Awaited: a lesson can be held here. */
  onStep?(side: Side, step: number): void | Promise<void>;
}

export interface Outcome {
  readonly lessons: Readonly<Record<Side, TeachResult>>;
  /** The caller disposes them. */
  readonly students: Readonly<Record<Side, LayersModel>>;
  /** Classes of the test examples: the right ones, and what each student said. */
  readonly labels: Int32Array;
  readonly answers: Readonly<Record<Side, Int32Array>>;
}

/**
 * Trains two students side by side, from the same initial weights, on the same batches, with the same optimizer and
 * number of steps: one on the teacher's losses, one on a fixed loss. Both see only the training set; the teacher also
 * looks at the dev set.
 */
export async function holdContest(options: ContestOptions): Promise<Outcome> {
  const { teacher, rival, data, seed } = options;
  const { recipe, state, classes } = teacher.manifest;
  const steps = options.steps ?? recipe.steps;
  const [validation, test] = [createExamination(data.validation), createExamination(data.test)];
  const train = tensorsOf(data.train);
  const dev = tensorsOf(data.dev);
  const shape = { inputShape: data.train.shape, classes: classes.count, seed, student: options.student };
  const students = { teacher: buildStudent(shape), fixed: buildStudent(shape) };
  // One student's failure ends the other's lesson, too.
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  const breathe = createBreather();
  const watch = async (side: Side, step: number) => {
    const error = errorOf(data.validation.labels, await validation.answer(students[side]));
    options.onValidation?.(side, step, error);
  };
  const common = (side: Side): TeachOptions => ({
    train,
    dev,
    steps,
    seed,
    signal,
    async onStep({ step }) {
      const done = step + 1;
      if (done % state.measurement.everySteps === 0 || done === steps) await watch(side, done);
      await options.onStep?.(side, done);
      await breathe();
    },
  });
  const learningRate = rival.learningRate ?? recipe.optimizer.learningRate;
  const { loss, parameter } = rival;
  try {
    await Promise.all([watch("teacher", 0), watch("fixed", 0)]);
    const lessons = await settle(failure, {
      teacher: teacher.teach(students.teacher, {
        ...common("teacher"),
        onEmission: (emission) => options.onEmission?.(emission),
      }),
      fixed: teachFixed(students.fixed, {
        ...common("fixed"),
        loss,
        parameter,
        recipe,
        optimizer: { ...recipe.optimizer, learningRate },
      }),
    });
    const answers = {
      teacher: await test.answer(students.teacher),
      fixed: await test.answer(students.fixed),
    };
    return { lessons, students, labels: data.test.labels, answers };
  } catch (error) {
    for (const student of Object.values(students)) student.dispose();
    throw error;
  } finally {
    tf.dispose([train.x, train.y, dev.x, dev.y]);
    for (const examination of [validation, test]) examination.dispose();
  }
}

/** Waits for both, also where one fails: its data may be disposed only when nobody uses them any more. */
async function settle(
  failure: AbortController,
  lessons: Readonly<Record<Side, Promise<TeachResult>>>,
): Promise<Record<Side, TeachResult>> {
  for (const lesson of Object.values(lessons)) lesson.catch(() => failure.abort());
  await Promise.allSettled(Object.values(lessons));
  return { teacher: await lessons.teacher, fixed: await lessons.fixed };
}
