import type * as tf from "@tensorflow/tfjs-core";
import type { Recipe } from "@lectern/shared/schema";
import { rateAt } from "../optimizer/rule.ts";
import { readRate, steerRate } from "../optimizer/steer.ts";
import type { Examples } from "../student/examples.ts";
import type { Student } from "../student/student.ts";
import { createBest, hasDiverged, isFinite, type Best } from "./best.ts";
import type { Guide } from "./guide.ts";
import { createObserver, type Emission, type Observer } from "./observer.ts";

export interface StepsOptions {
  readonly student: Student;
  readonly guide: Guide;
  readonly dev?: Examples | undefined;
  readonly recipe: Recipe;
  readonly signal?: AbortSignal | undefined;
  /** Runs the updates instead of the recipe's optimizer: a tf.Optimizer of the user's, from its own base rate. */
  readonly optimizer?: tf.Optimizer | undefined;
  onEmission?(emission: Emission): void | Promise<void>;
  /** Called before the first step, with all that a lesson keeps beside its student: how a saved one goes on. */
  restore?(run: Steps): void;
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

/** What surrounds each step of a lesson, whoever takes the steps. It changes as the lesson proceeds. */
export interface Steps {
  readonly observer: Observer;
  readonly best: Best;
  /** The recipe's optimizer's, after the last step; none where a tf.Optimizer has its own. */
  slots?: tf.Tensor[][];
  status: "running" | LessonResult["status"];
  /** Steps that were begun. */
  steps: number;
  weightsOfStep: number;
  /** η_t of the step that was begun last. */
  rate: number;
  /** Measures and emits if due, and sets the rate; false if no step may follow. */
  begin(): Promise<boolean>;
  /** Judges the student after the last step. */
  finish(): Promise<void>;
  /** Frees its tensors and gives the optimizer its rate back; harmless twice. */
  stop(status: LessonResult["status"]): void;
}

export function createSteps({
  student,
  guide,
  dev,
  recipe: { steps, schedule, optimizer: numbers },
  signal,
  optimizer,
  onEmission,
  restore,
}: StepsOptions): Steps {
  const observer = createObserver(guide, { student, dev, steps });
  const best = createBest(student, guide.measurement?.everySteps);
  const base = (optimizer && readRate(optimizer)) ?? numbers.learningRate;
  const stop = (status: LessonResult["status"], at = run.steps): false => {
    if (run.status === "running") {
      Object.assign(run, { status, weightsOfStep: at });
      if (optimizer) steerRate(optimizer, base);
      observer.dispose();
      best.dispose();
    }
    return false;
  };
  const run: Steps = {
    observer,
    best,
    status: "running",
    steps: 0,
    weightsOfStep: 0,
    rate: base,
    async begin() {
      if (signal?.aborted) return stop("aborted");
      const step = run.steps;
      const emission = await observer.before(step);
      if (emission) {
        const { state, phi } = emission;
        const sane = Object.values(phi).every(({ data }) => data.every(Number.isFinite));
        if (!sane || hasDiverged(state.train, student.classes)) return stop("diverged", best.restore());
        best.offer(emission);
        await onEmission?.(emission);
        if (signal?.aborted) return stop("aborted");
      }
      best.note(step);
      run.rate = rateAt(base, schedule, Math.min(step, steps - 1), steps);
      if (optimizer) steerRate(optimizer, run.rate);
      run.weightsOfStep = ++run.steps;
      return true;
    },
    async finish() {
      if (run.status !== "running") return;
      const last = await observer.last();
      if ((last && hasDiverged(last, student.classes)) || !(await isFinite(student)))
        stop("diverged", best.restore());
      else stop("completed");
    },
    stop,
  };
  restore?.(run);
  return run;
}
