import * as tf from "@tensorflow/tfjs-core";
import type { Recipe } from "@lectern/shared/schema";
import { rateAt, updateRule, type UpdateRule } from "../optimizer/rule.ts";
import { gatherBatch, type Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import type { Batches } from "./batches.ts";
import type { Guide } from "./guide.ts";
import { createObserver, type Emission } from "./observer.ts";
import { studentGradients } from "./step.ts";

/** Called during a lesson; what it returns is awaited, so that a user's page can breathe. */
export interface LessonEvents {
  /** After each step. `readLoss` costs a readback: call it now and then. */
  onStep?(info: { step: number; steps: number; readLoss(): Promise<number> }): void | Promise<void>;
  onEmission?(emission: Emission): void | Promise<void>;
  /** Before step t's update, with ω_t in `student.variables`: how meta-training records a lesson. */
  record?(step: number, slots: readonly (readonly tf.Tensor[])[]): void;
}

export interface LessonOptions extends LessonEvents {
  readonly student: Student;
  readonly guide: Guide;
  readonly train: Examples;
  readonly dev?: Examples | undefined;
  readonly batches: Batches;
  readonly recipe: Recipe;
  readonly signal?: AbortSignal | undefined;
  /** Runs the updates instead of the recipe's optimizer: a tf.Optimizer of the user's. */
  readonly optimizer?: tf.Optimizer | undefined;
}

/**
 * How a lesson ended. A diverging student is a result: its weights are those of the best measurement before it
 * diverged (of the start, if none was better than chance).
 */
export interface LessonResult {
  readonly status: "completed" | "diverged" | "aborted";
  /** Steps that were taken. */
  readonly steps: number;
  /** The step whose weights the student has now. */
  readonly weightsOfStep: number;
  readonly emissions: readonly Emission[];
}

/**
 * Trains a student for T steps on the losses that the guide emits: the loop that the client runs on a device and that
 * meta-training differentiates. ω_{t+1} = U(ω_t, ∇L_{φ_t}(f_{ω_t}; batch_t)), φ_t = μ_θ(s_t) (L2T-DLF, NeurIPS 2018).
 */
export async function runLesson(options: LessonOptions): Promise<LessonResult> {
  const { student, guide, train, dev, batches, recipe, signal, optimizer } = options;
  const observer = createObserver(guide, { student, dev, steps: recipe.steps });
  const rule = updateRule(recipe.optimizer);
  const best = createBest(student);
  let slots = optimizer ? [] : keepAll(tf.tidy(() => rule.init(student.variables)));
  let step = 0;
  const end = (status: LessonResult["status"], weightsOfStep = step): LessonResult => ({
    status,
    steps: step,
    weightsOfStep,
    emissions: observer.emissions,
  });
  try {
    for (; step < recipe.steps; step++) {
      if (signal?.aborted) return end("aborted");
      const emission = await observer.before(step);
      if (emission) {
        if (!isSane(emission)) return end("diverged", best.restore());
        best.offer(step, emission);
        await options.onEmission?.(emission);
        if (signal?.aborted) return end("aborted");
      }
      options.record?.(step, slots);
      const batch = gatherBatch(train, batches.indices(step));
      const { loss, gradients, logits } = studentGradients(student, guide, observer.phi, batch);
      observer.seen(step, logits, batch.target, batch.weights);
      const rate = rateAt(recipe.optimizer.learningRate, recipe.schedule, step, recipe.steps);
      if (optimizer)
        optimizer.applyGradients(student.variables.map(({ name }, i) => ({ name, tensor: gradients[i]! })));
      else slots = applyUpdate(rule, student, gradients, slots, rate, step);
      try {
        await options.onStep?.({ step, steps: recipe.steps, readLoss: async () => (await loss.data())[0]! });
      } finally {
        tf.dispose([batch.x, batch.target, batch.weights ?? [], loss, gradients, logits]);
      }
    }
    if (!(await isFinite(student))) return end("diverged", best.restore());
    return end("completed");
  } finally {
    tf.dispose(slots as tf.Tensor[][]);
    best.dispose();
    observer.dispose();
  }
}

/** ω_t → ω_{t+1} in place; gives the new slots and disposes the old. */
function applyUpdate(
  rule: UpdateRule,
  student: Student,
  gradients: tf.Tensor[],
  slots: tf.Tensor[][],
  rate: number,
  step: number,
): tf.Tensor[][] {
  const next = tf.tidy(() => {
    const result = rule.update(student.variables, gradients, slots, rate, step);
    for (const [i, variable] of student.variables.entries()) variable.assign(result.weights[i]!);
    return keepAll(result.slots);
  });
  tf.dispose(slots);
  return next;
}

const keepAll = (slots: tf.Tensor[][]): tf.Tensor[][] => slots.map((slot) => slot.map((t) => tf.keep(t)));

function isSane({ state, phi }: Emission): boolean {
  return (
    Number.isFinite(state.train.crossEntropy) &&
    Object.values(phi).every(({ data }) => data.every(Number.isFinite))
  );
}

async function isFinite(student: Student): Promise<boolean> {
  const finite = tf.tidy(() => tf.all(tf.stack(student.variables.map((v) => tf.all(tf.isFinite(v))))));
  const value = (await finite.data())[0];
  finite.dispose();
  return Boolean(value);
}

/** Keeps a copy of the weights of the best measurement so far (dev accuracy, else training cross-entropy). */
function createBest(student: Student) {
  const all = [...student.variables, ...student.statistics];
  let copies: tf.Tensor[] = [];
  let [score, at] = [-Infinity, 0];
  return {
    offer(step: number, { state }: Emission) {
      const value = state.dev?.accuracy ?? -state.train.crossEntropy;
      if (value <= score) return;
      tf.dispose(copies);
      copies = all.map((v) => tf.keep(tf.clone(v)));
      [score, at] = [value, step];
    },
    /** Puts them back; gives the step that they are of. */
    restore(): number {
      for (const [i, copy] of copies.entries()) all[i]!.assign(copy);
      tf.dispose(copies);
      copies = [];
      return at;
    },
    dispose: () => tf.dispose(copies),
  };
}
