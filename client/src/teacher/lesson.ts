import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { LecternError } from "@lectern/shared/errors";
import { createBest, hasDiverged, isFinite, takeSnapshot, type Best, type Snapshot } from "../lesson/best.ts";
import { batchLoss, uploadCoefficients } from "../lesson/guide.ts";
import { createObserver, type Emission, type Observer } from "../lesson/observer.ts";
import { isSane, type LessonResult } from "../lesson/run.ts";
import { rateAt } from "../optimizer/rule.ts";
import { readRate, steerRate } from "../optimizer/steer.ts";
import { openExamples, type Data, type Examples } from "../student/examples.ts";
import { openStudent, type Outputs } from "../student/student.ts";
import { warnOfBatchSize, warnOfOptimizer, type RecipeOptions } from "./recipe.ts";
import { createScaleCheck } from "./scale-check.ts";
import { targetRows } from "./targets.ts";
import { warnOfFewExamples, type Course } from "./teach.ts";
import { type Warning, type Warnings } from "./warnings.ts";

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

/** What a lesson holds while it runs. */
interface Running {
  readonly observer: Observer;
  readonly best: Best;
  readonly dev: Examples | undefined;
  readonly optimizer: tf.Optimizer | undefined;
  readonly baseRate: number | undefined;
}

export function createLesson(
  model: LayersModel,
  { guide, classes, classNames, resolved }: Course,
  options: TeacherLessonOptions,
  warnings: Warnings,
): Lesson {
  const student = openStudent(model, classes, options.outputs);
  const { steps, schedule } = resolved.recipe;
  if (guide.needsDev && !options.dev) throw noDev();
  let running: Running | undefined;
  let emissions: readonly Emission[] = [];
  let status: Lesson["status"] = "ready";
  let [begun, weightsOfStep] = [0, 0];
  /** The step whose logits the next call of `loss` gives: validation and evaluation come without one. */
  let awaited: number | undefined;
  const scale = createScaleCheck();
  /** model.fit takes one more step after it was told to stop: what the student must be after it. */
  let outcome: Snapshot | undefined;

  async function start(optimizer: tf.Optimizer | undefined): Promise<Running> {
    if (status !== "ready") throw ended();
    const dev =
      guide.needsDev && options.dev
        ? await openExamples(options.dev, { classes, classNames, what: "dev", student })
        : undefined;
    if (dev) warnOfFewExamples(guide, dev, warnings);
    const observer = createObserver(guide, { student, dev, steps });
    ({ emissions } = observer);
    status = "running";
    if (optimizer && optimizer !== options.optimizer) warnOfOptimizer(resolved.recipe, optimizer, warnings);
    const baseRate = optimizer && readRate(optimizer);
    running = {
      observer,
      best: createBest(student, guide.measurement?.everySteps),
      dev,
      optimizer,
      baseRate,
    };
    return running;
  }

  /** Measures and emits if due, and sets the rate; false if the lesson must stop. */
  async function begin({ observer, best, optimizer, baseRate }: Running): Promise<boolean> {
    if (options.signal?.aborted) return stop("aborted", begun);
    const emission = await observer.before(begun);
    if (emission) {
      if (!isSane(emission, classes)) return stop("diverged", best.restore());
      best.offer(emission);
      await options.onEmission?.(emission);
    }
    if (optimizer && baseRate !== undefined)
      steerRate(optimizer, rateAt(baseRate, schedule, Math.min(begun, steps - 1), steps));
    best.note(begun);
    weightsOfStep = begun + 1;
    awaited = begun++;
    return true;
  }

  async function finish({ observer, best }: Running): Promise<void> {
    const last = await observer.last();
    if ((last && hasDiverged(last, classes)) || !(await isFinite(student))) stop("diverged", best.restore());
    else stop("completed", begun);
  }

  function stop(how: LessonResult["status"], at: number): false {
    [status, weightsOfStep, awaited] = [how, at, undefined];
    release();
    return false;
  }

  function release(): void {
    if (!running) return;
    const { observer, best, dev, optimizer, baseRate } = running;
    running = undefined;
    if (optimizer && baseRate !== undefined) steerRate(optimizer, baseRate);
    observer.dispose();
    best.dispose();
    dev?.dispose();
    scale.dispose();
  }

  const loss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Scalar =>
    tf.tidy(() => {
      const last = emissions.at(-1);
      if (!last) throw notBegun();
      const logits = student.logits(yPred);
      const target = targetRows(yTrue, yPred, classes);
      // After the lesson (model.evaluate), the last φ stays the loss.
      const phi = running?.observer.phi ?? uploadCoefficients(last.phi);
      if (awaited !== undefined) {
        if (awaited === 0) warnOfBatchSize(resolved.recipe, yPred.shape[0]!, warnings);
        running?.observer.seen(awaited, logits, target);
        awaited = undefined;
      }
      return scale.watch(batchLoss(guide, phi, logits, target));
    });

  const callbacks: LessonCallbacks = {
    async onTrainBegin() {
      scale.enable();
      await start(model.optimizer);
    },
    async onBatchBegin() {
      if (!running) return;
      if (begun === steps) warnings.add("horizon", `fit takes more than the lesson's T = ${steps} steps.`);
      await scale.check(begun, guide.measurement?.everySteps ?? 1);
      if (await beginOrRelease(running)) return;
      model.stopTraining = true;
      outcome = takeSnapshot(student);
    },
    async onTrainEnd() {
      outcome?.restore();
      outcome?.dispose();
      outcome = undefined;
      if (!running) return;
      if (begun < steps)
        warnings.add("horizon", `fit took ${begun} steps, fewer than the lesson's T = ${steps}.`);
      await scale.check(0, 1);
      await finish(running);
    },
  };

  async function beginOrRelease(current: Running): Promise<boolean> {
    try {
      return await begin(current);
    } catch (error) {
      stop("aborted", weightsOfStep);
      throw error;
    }
  }

  return {
    loss,
    callbacks,
    async next() {
      if (status !== "ready" && status !== "running") return false;
      const current = running ?? (await start(options.optimizer));
      if (begun < steps) return beginOrRelease(current);
      await finish(current);
      return false;
    },
    get status() {
      return status;
    },
    get steps() {
      return begun;
    },
    get weightsOfStep() {
      return weightsOfStep;
    },
    get emissions() {
      return emissions;
    },
    warnings: warnings.list,
    dispose() {
      if (status === "ready" || status === "running") stop("aborted", begun);
    },
  };
}

const noDev = (): LecternError =>
  new LecternError(
    "invalid-data",
    "This teacher looks at the student's accuracy on dev data, and the lesson has none.",
    "Pass dev: { x, y } with examples that training doesn't see, or use a teacher with the feature set no-dev.",
  );

const ended = (): LecternError =>
  new LecternError(
    "invalid-argument",
    "This lesson has begun before: a lesson is one student's training.",
    "Make a new one with teacher.lesson(model, …) and compile the model with its loss.",
  );

const notBegun = (): LecternError =>
  new LecternError(
    "invalid-argument",
    "The lesson's loss was called before its first step.",
    "Pass callbacks: lesson.callbacks to model.fit, or call await lesson.next() before each step.",
  );
