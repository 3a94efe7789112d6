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
  /** Before the first step: gives the dev data and the optimizer where they are known only then. */
  open?(): Promise<{ dev: Examples | undefined; optimizer: tf.Optimizer | undefined }>;
  /** After the last step, however it ended. */
  close?(): void;
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
  readonly emissions: readonly Emission[];
  status: "ready" | "running" | LessonResult["status"];
  /** Steps that were begun. */
  steps: number;
  weightsOfStep: number;
  /** η_t of the step that was begun last. */
  rate: number;
  /**
   * Measures and emits if due, and sets the rate; false if no step may follow: then all tensors are freed.
   * @param limit after so many steps, the lesson is finished instead
   */
  begin(limit?: number): Promise<boolean>;
  /** Judges the student after the last step. */
  finish(): Promise<false>;
  /** Frees its tensors and gives the optimizer its rate back; harmless twice. */
  stop(status: LessonResult["status"]): false;
}

export function createSteps(options: StepsOptions): Steps {
  const { student, guide, recipe, signal } = options;
  const { steps, schedule } = recipe;
  const observer = createObserver(guide, student, steps);
  const best = createBest(student, guide.measurement?.everySteps);
  let { dev, optimizer } = options;
  let base = recipe.optimizer.learningRate;
  const isOver = () => run.status !== "ready" && run.status !== "running";
  const stop = (status: LessonResult["status"], weightsOfStep = run.steps): false => {
    if (!isOver()) {
      if (optimizer && run.steps) steerRate(optimizer, base);
      Object.assign(run, { status, weightsOfStep });
      observer.dispose();
      best.dispose();
      options.close?.();
    }
    return false;
  };
  /** False where the lesson ends before the next step. */
  async function prepare(limit?: number): Promise<boolean> {
    if (isOver()) return false;
    if (run.status === "ready") {
      run.status = "running";
      ({ dev, optimizer } = (await options.open?.()) ?? options);
      base = (optimizer && readRate(optimizer)) ?? base;
    }
    const step = run.steps;
    if (step === limit) return run.finish();
    if (signal?.aborted) return stop("aborted");
    const emission = await observer.before(step, dev);
    if (emission) {
      const { state, phi } = emission;
      const sane = Object.values(phi).every(({ data }) => data.every(Number.isFinite));
      if (!sane || hasDiverged(state.train, student.classes)) return stop("diverged", best.restore());
      best.offer(emission);
      await options.onEmission?.(emission);
      if (signal?.aborted) return stop("aborted");
    }
    best.note(step);
    run.rate = rateAt(base, schedule, Math.min(step, steps - 1), steps);
    if (optimizer) steerRate(optimizer, run.rate);
    run.weightsOfStep = ++run.steps;
    return true;
  }
  const run: Steps = {
    observer,
    best,
    emissions: observer.emissions,
    status: "ready",
    steps: 0,
    weightsOfStep: 0,
    rate: 0,
    begin: (limit) =>
      prepare(limit).catch((error: unknown) => {
        stop("aborted");
        throw error;
      }),
    async finish() {
      if (isOver()) return false;
      const last = await observer.last();
      if ((last && hasDiverged(last, student.classes)) || !(await isFinite(student)))
        return stop("diverged", best.restore());
      return stop("completed");
    },
    stop,
  };
  options.restore?.(run);
  return run;
}
