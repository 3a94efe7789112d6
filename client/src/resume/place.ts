import { demand } from "@lectern/shared/errors";
import type { WeightTensors } from "@lectern/shared/artifact";
import { tf } from "@lectern/shared/tensorflow";
import { uploadCoefficients } from "../lesson/guide.ts";
import type { Steps } from "../lesson/steps.ts";
import type { Student } from "../student/student.ts";
import {
  describeOptimizer,
  expectOptimizer,
  iterationsOf,
  optimizerTensors,
  restoreOptimizer,
  tensorsUnder,
} from "./optimizer-state.ts";
import type { LessonRecord, LessonSave, OptimizerRecord } from "./save-format.ts";

/** A lesson with all that its next step depends on but the data. */
export interface OpenedLesson {
  readonly run: Steps;
  readonly student: Student;
  /** The caller's; none where the recipe's own rule takes the steps, or before model.fit tells which. */
  optimizer?: { readonly of: tf.Optimizer; readonly described: Omit<OptimizerRecord, "iterations"> };
}

/**
 * Tells a lesson its optimizer, and gives that what a save says that it remembered. Call it before the first step, while
 * its rate is the base rate.
 *
 * @throws LecternError `invalid-argument` if the save is by another; `unsupported` if it isn't of tf.train
 */
export function attachOptimizer(lesson: OpenedLesson, of: tf.Optimizer | undefined, save?: LessonSave): void {
  if (save) expectOptimizer(save.record.optimizer, of);
  if (!of) return;
  lesson.optimizer = { of, described: describeOptimizer(of) };
  if (!save?.record.optimizer) return;
  const names = lesson.student.variables.map(({ name }) => name);
  restoreOptimizer(of, save.record.optimizer.iterations, save.tensors, names);
}

/** Where a lesson stands: what a save needs of it. Its tensors are the caller's to dispose. */
export interface Place extends Pick<
  LessonRecord,
  "backend" | "status" | "step" | "optimizer" | "kept" | "emissions"
> {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
}

/** Takes the place between two steps, at once: what the lesson does afterwards doesn't change it. No copies are made. */
export function takePlace({ run, student, optimizer }: OpenedLesson): Place {
  const running = run.status === "running" || run.status === "ready";
  const [best, judged] = running ? run.best.copies() : [];
  const found: Record<string, tf.Tensor> = {
    ...numbered("student", student.variables),
    ...numbered("statistics", student.statistics),
    ...(running && {
      ...numbered("window", run.observer.window),
      ...numbered("best", best?.snapshot.copies),
      ...numbered("judged", judged?.snapshot.copies),
      ...Object.assign({}, ...(run.slots ?? []).map((slot, k) => numbered(`slots/${k}`, slot))),
      ...(optimizer && optimizerTensors(optimizer.of)),
    }),
  };
  for (const [name, { dtype }] of Object.entries(found))
    demand(
      dtype === "float32",
      "unsupported",
      `The lesson's tensor ${name} is ${dtype}: only float32 is saved`,
    );
  return {
    backend: tf.getBackend(),
    status: run.status === "completed" ? "completed" : "running",
    step: run.steps,
    optimizer: optimizer ? { ...optimizer.described, iterations: iterationsOf(optimizer.of) } : null,
    kept: { best: best?.step ?? null, judged: judged?.step ?? null },
    emissions: [...run.observer.emissions],
    tensors: Object.fromEntries(Object.entries(found).map(([name, t]) => [name, tf.keep(tf.clone(t))])),
  };
}

/** Reads a place's tensors back, and disposes them. */
export async function readPlace({ tensors }: Place): Promise<WeightTensors> {
  try {
    return await readTensors(tensors);
  } finally {
    tf.dispose(tensors as Record<string, tf.Tensor>);
  }
}

/** Float32 tensors as numbers, under the names that they have. */
export async function readTensors(
  tensors: Readonly<Record<string, tf.Tensor>> | tf.Tensor[],
): Promise<WeightTensors> {
  const read = Object.entries(tensors).map(
    async ([name, t]) =>
      [name, { shape: [...t.shape] as number[], data: (await t.data()) as Float32Array }] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Gives the student the weights of a save. */
export function putStudent({ tensors }: LessonSave, student: Student): void {
  tf.tidy(() => {
    assign(student.variables, tensorsUnder(tensors, "student"));
    assign(student.statistics, tensorsUnder(tensors, "statistics"));
  });
}

/** Puts a lesson that hasn't begun to where another one stood, its optimizer apart. */
export function putPlace(save: LessonSave, { run, student }: OpenedLesson): void {
  const { record, tensors } = save;
  const { emissions, kept, step } = record;
  const all = [...student.variables, ...student.statistics];
  tf.tidy(() => {
    // The lesson keeps its best weights by its own rule: it is shown them again, with all that was measured.
    if (kept.best !== null) {
      assign(all, tensorsUnder(tensors, "best"));
      for (const emission of emissions) {
        run.best.note(kept.best);
        run.best.offer(emission);
      }
    }
    if (kept.judged !== null) {
      assign(all, tensorsUnder(tensors, "judged"));
      run.best.note(kept.judged);
    }
    const last = emissions.at(-1);
    if (last) Object.assign(run.observer.phi, keepAll(uploadCoefficients(last.phi)));
    run.observer.window.push(...(keepAll(tensorsUnder(tensors, "window")) as tf.Tensor1D[]));
    if (!record.optimizer && step > 0) run.slots = slotsOf(tensors);
  });
  putStudent(save, student);
  run.observer.emissions.push(...emissions);
  run.steps = run.weightsOfStep = step;
}

function slotsOf(tensors: WeightTensors): tf.Tensor[][] {
  const slots: tf.Tensor[][] = [];
  for (let k = 0; Object.hasOwn(tensors, `slots/${k}/0`); k++)
    slots.push(keepAll(tensorsUnder(tensors, `slots/${k}`)));
  return slots;
}

function assign(variables: readonly tf.Variable[], tensors: readonly tf.Tensor[]): void {
  variables.forEach((variable, i) => variable.assign(tensors[i]!));
}

function keepAll<T extends tf.Tensor[] | Record<string, tf.Tensor>>(tensors: T): T {
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return tensors;
}

const numbered = (prefix: string, tensors: readonly tf.Tensor[] = []): Record<string, tf.Tensor> =>
  Object.fromEntries(tensors.map((tensor, i) => [`${prefix}/${i}`, tensor]));
