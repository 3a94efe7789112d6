import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { demand } from "@lectern/shared/errors";
import { takeSnapshot, type Snapshot } from "../lesson/best.ts";
import { batchLoss, uploadCoefficients } from "../lesson/guide.ts";
import type { Emission } from "../lesson/observer.ts";
import { createSteps, type LessonResult } from "../lesson/steps.ts";
import type { Data, Examples } from "../student/examples.ts";
import { openStudent, type Outputs } from "../student/student.ts";
import { compareAll, numbersOf, type RecipeOptions } from "./recipe.ts";
import { createScaleCheck } from "./scale-check.ts";
import { targetRows } from "./targets.ts";
import { openDev, type Course } from "./teach.ts";
import type { Warning } from "./warnings.ts";

export interface TeacherLessonOptions extends Pick<RecipeOptions, "steps" | "schedule"> {
  /** Examples that training doesn't see: required by teachers that look at dev data. */
  readonly dev?: Data | undefined;
  readonly outputs?: Outputs | undefined;
  /** Of a loop of your own, so that the lesson can set its rate by the schedule. With fit it is the model's. */
  readonly optimizer?: tf.Optimizer | undefined;
  readonly signal?: AbortSignal | undefined;
  onEmission?(emission: Emission): void | Promise<void>;
  onWarning?(warning: Warning): void;
}

/** What model.fit calls; a CustomCallbackArgs of TensorFlow.js. */
export interface LessonCallbacks {
  onTrainBegin(): Promise<void>;
  onBatchBegin(): Promise<void>;
  onTrainEnd(): Promise<void>;
}

/** One student's training under one teacher, with steps that somebody else takes: model.fit, or a loop of your own. */
export interface Lesson {
  /**
   * The mean loss of a batch under the current φ, a scalar.
   * @param yTrue one-hot rows or distributions of yPred's shape (all that model.fit passes), or class numbers
   * @param yPred the model's output in training mode: [n, K], [n, length, K], or [n, 1] for two classes
   * @param weights in a loop of your own: [n] or [n, length], 0 for what is padding or to be ignored
   */
  readonly loss: (yTrue: tf.Tensor, yPred: tf.Tensor, weights?: tf.Tensor) => tf.Scalar;
  readonly callbacks: LessonCallbacks;
  /** Call it before each step of a loop of your own; false when the lesson is over (T steps, diverged, aborted). */
  next(): Promise<boolean>;
  readonly status: "ready" | "running" | LessonResult["status"];
  /** Steps that were begun. */
  readonly steps: number;
  /** The step whose weights the student has: less than `steps` after a divergence. */
  readonly weightsOfStep: number;
  readonly emissions: readonly Emission[];
  readonly warnings: readonly Warning[];
  /** Frees its tensors and gives the optimizer its rate back. Needless after the last step; harmless twice. */
  dispose(): void;
}

export function createLesson(model: LayersModel, course: Course, options: TeacherLessonOptions): Lesson {
  const { guide, classes, recipe, made, warnings } = course;
  const student = openStudent(model, classes, options.outputs);
  const scale = createScaleCheck();
  let { optimizer } = course;
  let dev: Examples | undefined;
  let fits = false;
  /** Steps whose logits `loss` has given: validation and evaluation come without one. */
  let seen = 0;
  /** model.fit takes one more step after it was told to stop: what the student must be after it. */
  let outcome: Snapshot | undefined;
  const run = createSteps({
    ...options,
    ...course,
    student,
    dev: undefined,
    async open() {
      dev = await openDev(course, student, options.dev);
      return { dev, optimizer };
    },
    close() {
      dev?.dispose();
      scale.dispose();
    },
  });
  return Object.assign(run, {
    loss: (yTrue: tf.Tensor, yPred: tf.Tensor, given?: tf.Tensor) =>
      tf.tidy(() => {
        const last = run.emissions.at(-1);
        demand(
          last,
          "invalid-argument",
          "The lesson's loss was called before its first step",
          "Pass lesson.callbacks to model.fit, or await lesson.next().",
        );
        const logits = student.logits(yPred);
        const target = targetRows(yTrue, yPred, classes);
        const weights = given && (tf.reshape(tf.cast(given, "float32"), [-1]) as tf.Tensor1D);
        // After the lesson (model.evaluate), the last φ stays the loss.
        const running = run.status === "running";
        if (running && seen < run.steps) {
          if (run.steps === 1) compareAll(warnings, { batchSize: yPred.shape[0]! }, made);
          seen = run.steps;
          run.observer.seen(seen - 1, logits, target, weights);
        }
        const phi = running ? run.observer.phi : uploadCoefficients(last.phi);
        const loss = batchLoss(guide, phi, logits, target, weights);
        return fits && running ? scale.watch(loss) : loss;
      }),
    callbacks: {
      async onTrainBegin() {
        demand(
          run.status === "ready",
          "invalid-argument",
          "This lesson has begun, or is disposed",
          "Make a new one.",
        );
        fits = true;
        if (model.optimizer !== optimizer) compareAll(warnings, numbersOf(model.optimizer), made);
        ({ optimizer } = model);
      },
      async onBatchBegin() {
        const { steps } = run;
        if (steps === 1 || steps % guide.measurement!.everySteps === 0) await scale.check();
        if (outcome || (await run.begin())) return;
        model.stopTraining = true;
        outcome = takeSnapshot(student);
      },
      async onTrainEnd() {
        outcome?.restore();
        outcome?.dispose();
        if (run.status !== "running") return;
        warnings.compare("horizon", "steps", run.steps, recipe.steps);
        await scale.check();
        await run.finish();
      },
    },
    next: () => run.begin(recipe.steps),
    warnings: warnings.list,
    dispose: () => void run.stop("aborted"),
  });
}
