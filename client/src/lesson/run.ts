import * as tf from "@tensorflow/tfjs-core";
import type { Recipe } from "@lectern/shared/schema";
import { rateAt, updateRule, type UpdateRule } from "../optimizer/rule.ts";
import { readRate, steerRate } from "../optimizer/steer.ts";
import { gatherBatch, type Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import type { Batches } from "./batches.ts";
import { createBest, hasDiverged, isFinite } from "./best.ts";
import type { Guide } from "./guide.ts";
import { createObserver, type Emission } from "./observer.ts";
import { studentGradients, type Gradients } from "./step.ts";

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
  /** Runs the updates instead of the recipe's optimizer: a tf.Optimizer of the user's, from its own base rate. */
  readonly optimizer?: tf.Optimizer | undefined;
}

/**
 * How a lesson ended. A diverging student (weights that aren't finite, or a training cross-entropy beyond 100 times
 * chance's) is a result: its weights are those of the best measurement before it diverged.
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
  const { steps } = recipe;
  const observer = createObserver(guide, { student, dev, steps });
  const rule = updateRule(recipe.optimizer);
  const base = (optimizer && readRate(optimizer)) ?? recipe.optimizer.learningRate;
  const best = createBest(student, guide.measurement?.everySteps);
  let slots = optimizer ? [] : keepAll(tf.tidy(() => rule.init(student.variables)));
  let step = 0;
  const end = (status: LessonResult["status"], weightsOfStep = step): LessonResult => ({
    status,
    steps: step,
    weightsOfStep,
    emissions: observer.emissions,
  });
  try {
    for (; step < steps; step++) {
      if (signal?.aborted) return end("aborted");
      const emission = await observer.before(step);
      if (emission) {
        if (!isSane(emission, student.classes)) return end("diverged", best.restore());
        best.offer(emission);
        await options.onEmission?.(emission);
        if (signal?.aborted) return end("aborted");
      }
      best.note(step);
      options.record?.(step, slots);
      const rate = rateAt(base, recipe.schedule, step, steps);
      const batch = gatherBatch(train, batches.indices(step));
      let taken: Gradients | undefined;
      try {
        taken = studentGradients(student, guide, observer.phi, batch);
        const { loss, gradients, logits } = taken;
        observer.seen(step, logits, batch.target, batch.weights);
        if (optimizer) {
          steerRate(optimizer, rate);
          optimizer.applyGradients(student.variables.map(({ name }, i) => ({ name, tensor: gradients[i]! })));
        } else slots = applyUpdate(rule, student, gradients, slots, rate, step);
        await options.onStep?.({ step, steps, readLoss: async () => (await loss.data())[0]! });
      } finally {
        tf.dispose([batch.x, batch.target, batch.weights ?? []]);
        if (taken) tf.dispose([taken.loss, taken.gradients, taken.logits]);
      }
    }
    const last = await observer.last();
    if ((last && hasDiverged(last, student.classes)) || !(await isFinite(student)))
      return end("diverged", best.restore());
    return end("completed");
  } finally {
    if (optimizer) steerRate(optimizer, base);
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

/** False if the student, or the loss that its state brings about, is beyond learning. */
export function isSane({ state, phi }: Emission, classes: number): boolean {
  return (
    !hasDiverged(state.train, classes) && Object.values(phi).every(({ data }) => data.every(Number.isFinite))
  );
}
