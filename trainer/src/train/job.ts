import * as tf from "@tensorflow/tfjs-core";
import {
  errorRate,
  openExamples,
  openStudent,
  runLesson,
  type Examples,
  type Student,
} from "@lectern/client/lesson";
import { byLayers } from "../dual/index.ts";
import { estimatorOf, metricOf, type HypergradientResult } from "../hypergradient/index.ts";
import { measureOf, scoresOf } from "../measure/index.ts";
import { openLessonData } from "../lesson-data/index.ts";
import { guideAny } from "../recurrent/index.ts";
import type { StudentBuilder } from "../student/index.ts";
import { deriveSeed, type Task } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import type { ThetaValues } from "./meta-optimizer.ts";
import { networkOf, teacherSpecOf } from "./teacher.ts";

/** One unit of meta-training's work: a pure function of itself, so that any executor gives the same bits. */
export type LessonJob =
  | {
      readonly kind: "hypergradient";
      readonly theta: ThetaValues;
      readonly seed: number;
      /** The student's number: of several tasks it learns the one whose turn it is. Left out: 0. */
      readonly turn?: number;
    }
  | {
      readonly kind: "validate";
      readonly theta: ThetaValues;
      readonly seed: number;
      readonly turn?: number;
    };

/** A hypergradient's job once more, to find out why it was lost: see diagnose.ts. */
export type DiagnoseJob = Omit<Extract<LessonJob, { kind: "hypergradient" }>, "kind"> & {
  readonly kind: "diagnose";
};

export type TrainJob = LessonJob | DiagnoseJob;

export type TrainJobResult =
  | ({ readonly kind: "hypergradient" } & Pick<
      HypergradientResult,
      "status" | "metric" | "devError" | "dTheta" | "log2Scale" | "norms" | "lostAt"
    > & {
        /** s_t at each emission, [D] each. */
        readonly states: readonly Float64Array[];
      })
  | { readonly kind: "validate"; readonly status: string; readonly error: number }
  | { readonly kind: "diagnose"; readonly words: string };

export type HypergradientReply = Extract<TrainJobResult, { kind: "hypergradient" }>;

/** What a worker holds between jobs. */
export interface JobContext {
  readonly config: TrainConfig;
  readonly task: Task;
  /** Of `config.also`, in its order. */
  readonly also?: readonly Task[];
  readonly build: StudentBuilder;
  /** After each step of a lesson. */
  onStep?(info: { readonly step: number }): void;
}

export async function runTrainJob(context: JobContext, job: LessonJob): Promise<TrainJobResult> {
  const { config, also = [] } = context;
  const tasks = [context.task, ...also];
  const task = tasks[(job.turn ?? 0) % tasks.length]!;
  const spec = teacherSpecOf(config, task.classNames.length);
  const network = networkOf(config, spec, job.theta);
  const classes = task.classNames.length;
  const names = { classes, classNames: task.classNames };
  const local = task.sample(job.seed, job.kind === "validate" ? "validation" : "meta");
  const model = context.build({
    inputShape: task.inputShape,
    classes,
    seed: deriveSeed(job.seed, "student"),
    ...config.student.options,
  });
  const student: Student = byLayers(openStudent(model, classes));
  const open = ({ x, y }: { x: Float32Array; y: Int32Array }, what: string) => {
    const rows = tf.tensor(x, [y.length, ...task.inputShape]);
    return openExamples({ x: rows, y }, { ...names, what }).finally(() => rows.dispose());
  };
  const { train, batches } = await openLessonData(task, {
    rows: local.train,
    batchSize: config.recipe.batchSize,
    model,
    seeds: { batches: deriveSeed(job.seed, "batches"), noise: deriveSeed(job.seed, "other") },
  });
  const dev = await open(task.metaDev, "meta-dev");
  const guide = guideAny(network);
  const { onStep } = context;
  const lesson = { student, guide, train, dev, batches, recipe: config.recipe, ...(onStep && { onStep }) };
  try {
    if (job.kind === "validate") {
      const { status } = await runLesson(lesson);
      const validation = await open(task.validation, "validation");
      const error = status === "completed" ? await lossOf(config.metric, student, validation) : 1;
      validation.dispose();
      return { kind: "validate", status, error };
    }
    const {
      emissions,
      dWeights: _,
      ...result
    } = await estimatorOf(config.estimator).estimate(
      {
        ...lesson,
        spec,
        theta: job.theta,
        stateOf: ({ state }) => guide.statesOf(state),
        metaDev: dev,
        metric: metricOf(config.metric),
      },
      { explosion: config.meta.explosion ?? Infinity, seed: deriveSeed(job.seed, "other") },
    );
    const states = emissions.map(({ state }) => guide.statesOf(state));
    return { kind: "hypergradient", ...result, states };
  } finally {
    train.dispose();
    dev.dispose();
    model.dispose();
  }
}

/** What M stands for: θ is chosen by it. Decisions are tuned on the examples that they are measured on, for all alike. */
async function lossOf(metric: string, student: Student, validation: Examples): Promise<number> {
  const { measure: name } = metricOf(metric);
  if (!name) return errorRate(student, validation);
  const measure = measureOf(name);
  const scored = await scoresOf(student, validation);
  return measure.loss(scored, measure.tune(scored));
}
