import { tf } from "@lectern/shared/tensorflow";
import { updateRule, type UpdateRule } from "../optimizer/rule.ts";
import { gatherBatch, type Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import type { Batches } from "./batches.ts";
import type { Emission } from "./observer.ts";
import { studentGradients, type Gradients } from "./step.ts";
import { createSteps, type LessonResult, type Steps, type StepsOptions } from "./steps.ts";

/** Called during a lesson; what it returns is awaited, so that a user's page can breathe. */
export interface LessonEvents {
  /** After each step. `readLoss` costs a readback: call it now and then. */
  onStep?(info: { step: number; steps: number; readLoss(): Promise<number> }): void | Promise<void>;
  onEmission?(emission: Emission): void | Promise<void>;
  /** Before step t's update, with ω_t in `student.variables`: how meta-training records a lesson. */
  record?(step: number, slots: readonly (readonly tf.Tensor[])[]): void;
}

export interface LessonOptions extends LessonEvents, Omit<StepsOptions, "onEmission"> {
  readonly train: Examples;
  readonly batches: Batches;
  /** Takes the updates in place of the recipe's own rule: meta-training in fixed point. */
  readonly rule?: UpdateRule | undefined;
}

/**
 * Trains a student for T steps on the losses that the guide emits: the loop that the client runs on a device and that
 * meta-training differentiates. ω_{t+1} = U(ω_t, ∇L_{φ_t}(f_{ω_t}; batch_t)), φ_t = μ_θ(s_t) (L2T-DLF, NeurIPS 2018).
 */
export async function runLesson(options: LessonOptions): Promise<LessonResult> {
  const { student, guide, train, batches, recipe, optimizer } = options;
  const { steps } = recipe;
  const rule = options.rule ?? updateRule(recipe.optimizer);
  const run = createSteps(options);
  const { observer } = run;
  run.slots ??= optimizer ? [] : keepAll(tf.tidy(() => rule.init(student.variables)));
  try {
    while (await run.begin(steps)) {
      const step = run.steps - 1;
      options.record?.(step, run.slots);
      const batch = gatherBatch(train, batches.indices(step));
      let taken: Gradients | undefined;
      try {
        taken = studentGradients(student, guide, observer.phi, batch);
        const { loss, gradients, logits } = taken;
        observer.seen(step, logits, batch.target, batch.weights);
        if (optimizer)
          optimizer.applyGradients(student.variables.map(({ name }, i) => ({ name, tensor: gradients[i]! })));
        else run.slots = applyUpdate(rule, student, gradients, run.slots, run.rate, step);
        await options.onStep?.({ step, steps, readLoss: async () => (await loss.data())[0]! });
      } finally {
        tf.dispose([batch, { ...taken }]);
      }
    }
    const { status, steps: taken, weightsOfStep, emissions } = run as Steps & LessonResult;
    return { status, steps: taken, weightsOfStep, emissions };
  } finally {
    run.stop("aborted");
    tf.dispose(run.slots);
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
    student.variables.forEach((v, i) => v.assign(result.weights[i]!));
    return keepAll(result.slots);
  });
  tf.dispose(slots);
  return next;
}

const keepAll = (slots: tf.Tensor[][]): tf.Tensor[][] => slots.map((slot) => slot.map((t) => tf.keep(t)));
