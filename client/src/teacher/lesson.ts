import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { demand } from "@lectern/shared/errors";
import { takeSnapshot, type Snapshot } from "../lesson/best.ts";
import { batchLoss, uploadCoefficients } from "../lesson/guide.ts";
import type { Emission } from "../lesson/observer.ts";
import { createSteps, type LessonResult, type Steps } from "../lesson/steps.ts";
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
   */
  readonly loss: (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Scalar;
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
  const { steps } = recipe;
  const student = openStudent(model, classes, options.outputs);
  let run: Steps | undefined;
  let disposed = false;
  let dev: Examples | undefined;
  /** The step whose logits the next call of `loss` gives: validation and evaluation come without one. */
  let awaited: number | undefined;
  const scale = createScaleCheck();
  /** model.fit takes one more step after it was told to stop: what the student must be after it. */
  let outcome: Snapshot | undefined;

  async function start(optimizer: tf.Optimizer | undefined): Promise<Steps> {
    demand(!run && !disposed, "invalid-argument", "This lesson has begun, or is disposed", "Make a new one.");
    dev = await openDev(course, student, options.dev);
    if (optimizer && optimizer !== options.optimizer) compareAll(warnings, numbersOf(optimizer), made);
    run = createSteps({ ...options, ...course, student, dev, optimizer });
    return run;
  }

  /** False if no step may follow: then everything is freed. */
  async function begin(current: Steps): Promise<boolean> {
    awaited = undefined;
    try {
      if (await current.begin()) awaited = current.steps - 1;
    } finally {
      if (awaited === undefined) stop();
    }
    return awaited !== undefined;
  }

  function stop(): void {
    awaited = undefined;
    run?.stop("aborted");
    dev?.dispose();
    scale.dispose();
  }

  async function finish(current: Steps): Promise<void> {
    await current.finish();
    stop();
  }

  return {
    loss: (yTrue, yPred) =>
      tf.tidy(() => {
        const last = run?.observer.emissions.at(-1);
        demand(
          last && run,
          "invalid-argument",
          "The lesson's loss was called before its first step",
          "Pass lesson.callbacks to model.fit, or await lesson.next().",
        );
        const logits = student.logits(yPred);
        const target = targetRows(yTrue, yPred, classes);
        // After the lesson (model.evaluate), the last φ stays the loss.
        const phi = run.status === "running" ? run.observer.phi : uploadCoefficients(last.phi);
        if (awaited !== undefined) {
          if (awaited === 0) compareAll(warnings, { batchSize: yPred.shape[0]! }, made);
          run.observer.seen(awaited, logits, target);
          awaited = undefined;
        }
        return scale.watch(batchLoss(guide, phi, logits, target));
      }),
    callbacks: {
      async onTrainBegin() {
        scale.enable();
        await start(model.optimizer);
      },
      async onBatchBegin() {
        if (run?.status !== "running") return;
        await scale.check(run.steps, guide.measurement!.everySteps);
        if (await begin(run)) return;
        model.stopTraining = true;
        outcome = takeSnapshot(student);
      },
      async onTrainEnd() {
        outcome?.restore();
        outcome?.dispose();
        outcome = undefined;
        if (run?.status !== "running") return;
        warnings.compare("horizon", "steps", run.steps, steps);
        await scale.check(0, 1);
        await finish(run);
      },
    },
    async next() {
      if (disposed || (run && run.status !== "running")) return false;
      const current = run ?? (await start(options.optimizer));
      if (current.steps < steps) return begin(current);
      await finish(current);
      return false;
    },
    get status() {
      return run?.status ?? (disposed ? "aborted" : "ready");
    },
    get steps() {
      return run?.steps ?? 0;
    },
    get weightsOfStep() {
      return run?.weightsOfStep ?? 0;
    },
    get emissions() {
      return run?.observer.emissions ?? [];
    },
    warnings: warnings.list,
    dispose() {
      disposed = true;
      stop();
    },
  };
}
