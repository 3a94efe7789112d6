import * as tf from "@tensorflow/tfjs-core";
import {
  errorRate,
  fixedGuide,
  openExamples,
  openStudent,
  runLesson,
  type Emission,
  type Examples,
  type Guide,
  type Student,
} from "@lectern/client/lesson";
import { stateVector } from "@lectern/shared/teacher";
import { byLayers } from "../dual/index.ts";
import { measureOf, scoresOf } from "../measure/index.ts";
import { openLessonData } from "../lesson-data/index.ts";
import {
  deriveSeed,
  joinExamples,
  leaveOut,
  type Examples as LocalExamples,
  type Task,
} from "../task/index.ts";
import { guideAny } from "../recurrent/index.ts";
import type { StudentBuilder } from "../student/index.ts";
import type { LossSource, NetworkData } from "./contender.ts";
import type { EvaluationJob, EvaluationJobResult, RecordedEmission } from "./job.ts";
import type { EvaluationSetting } from "./setting.ts";

/** What a thread holds between jobs. */
export interface EvaluationGround {
  readonly setting: EvaluationSetting;
  readonly task: Task;
  readonly build: StudentBuilder;
}

type Split = "metaDev" | "validation" | "test";

/** A handler of jobs that keeps the shared splits on the backend; a split is opened when a job first asks for it. */
export function createJobRunner(
  ground: EvaluationGround,
): (job: EvaluationJob) => Promise<EvaluationJobResult> {
  const { task } = ground;
  const opened = new Map<Split, Promise<Examples>>();
  const open = (split: Split): Promise<Examples> => {
    const there = opened.get(split);
    if (there) return there;
    const examples = openRows(task, task[split], split);
    opened.set(split, examples);
    return examples;
  };
  return async (job) => plain(await runJob(ground, job, open));
}

/** One training. Contenders with the same seed get the same local data, initial weights and batch order. */
async function runJob(
  ground: EvaluationGround,
  job: EvaluationJob,
  open: (split: Split) => Promise<Examples>,
): Promise<EvaluationJobResult> {
  const { setting, task, build } = ground;
  const classes = task.classNames.length;
  const local = task.sample(job.seed, job.purpose ?? (job.split === "test" ? "evaluation" : "tuning")).train;
  const { rest, held } = job.fold ? leaveOut(local, job.fold) : { rest: local, held: undefined };
  const rows = job.extraData ? joinExamples(rest, task.metaDev) : rest;
  const again = job.repeat ? [job.repeat] : [];
  const model = build({
    inputShape: task.inputShape,
    classes,
    seed: deriveSeed(job.seed, "student", ...again),
    ...setting.student.options,
  });
  const { train, batches } = await openLessonData(task, {
    rows,
    batchSize: setting.recipe.batchSize,
    model,
    seeds: {
      batches: deriveSeed(job.seed, "batches", ...again),
      noise: deriveSeed(job.seed, "other", ...again),
    },
  });
  try {
    const student = byLayers(openStudent(model, classes));
    const guide = guideOf(job.source, job.value);
    const { steps, optimizer } = setting.recipe;
    const curve: { step: number; error: number }[] = [];
    const measure = async (step: number) => {
      curve.push({ step, error: await lossOf(ground, student, "validation", open) });
    };
    const due = new Set(
      Array.from({ length: job.curvePoints }, (_, i) => Math.round((steps * (i + 1)) / job.curvePoints)),
    );
    if (due.size > 0) await measure(0);
    const lesson = await runLesson({
      student,
      guide,
      train,
      dev: guide.needsDev ? await open("metaDev") : undefined,
      batches,
      recipe: { ...setting.recipe, optimizer: { ...optimizer, learningRate: job.learningRate } },
      onStep: async ({ step }) => {
        if (due.has(step + 1)) await measure(step + 1);
      },
    });
    const diverged = lesson.status !== "completed";
    return {
      status: diverged ? "diverged" : "completed",
      // A user would see the best weights restored; a rate that makes a student diverge is counted as useless.
      error: diverged ? 1 : await lossOf(ground, student, held ?? job.split, open),
      curve,
      emissions: job.curvePoints > 0 ? lesson.emissions.map((e) => record(job.source, e)) : [],
    };
  } finally {
    train.dispose();
    model.dispose();
  }
}

/** By the setting's measure, with decisions tuned on validation data; or the error, which has nothing to tune. */
async function lossOf(
  { setting, task }: EvaluationGround,
  student: Student,
  where: Split | LocalExamples,
  open: (split: Split) => Promise<Examples>,
): Promise<number> {
  const own = typeof where === "string" ? undefined : await openRows(task, where, "held-out");
  const examples = own ?? (await open(where as Split));
  try {
    if (!setting.measure) return await errorRate(student, examples);
    const measure = measureOf(setting.measure);
    const decision = measure.tune(await scoresOf(student, await open("validation")));
    return measure.loss(await scoresOf(student, examples), decision);
  } finally {
    own?.dispose();
  }
}

function guideOf(source: LossSource, value: number): Guide {
  if (source.kind === "fixed") return fixedGuide(source.loss, value);
  const theta = Object.fromEntries(
    Object.entries(source.network.theta).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data) },
    ]),
  );
  return guideAny({ ...source.network, theta });
}

function record(source: LossSource, { step, state, phi }: Emission): RecordedEmission {
  const entropy = source.kind === "teacher" ? attentionEntropy(source.network, state) : undefined;
  return {
    step,
    state,
    ...(entropy !== undefined && { attentionEntropy: entropy }),
    phi: Object.fromEntries(
      Object.entries(phi).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
    ),
  };
}

function attentionEntropy(
  { spec, theta, features }: NetworkData,
  state: Emission["state"],
): number | undefined {
  if (spec.architecture.kind !== "attention") return undefined;
  const { keys } = spec.architecture;
  const vector = stateVector(features, state);
  const scores = Array.from({ length: keys }, (_, k) =>
    vector.reduce((sum, s, d) => sum + s * theta.V!.data[d * keys + k]!, 0),
  );
  const largest = Math.max(...scores);
  const shares = scores.map((s) => Math.exp(s - largest));
  const total = shares.reduce((a, b) => a + b, 0);
  return -shares.reduce((sum, e) => (e === 0 ? sum : sum + (e / total) * Math.log(e / total)), 0);
}

function openRows(
  { classNames, inputShape }: Task,
  { x, y }: { x: Float32Array; y: Int32Array },
  what: string,
): Promise<Examples> {
  const rows = tf.tensor(x, [y.length, ...inputShape]);
  const labels = tf.tensor1d(y, "int32");
  return openExamples({ x: rows, y: labels }, { classes: classNames.length, classNames, what }).finally(() =>
    tf.dispose([rows, labels]),
  );
}

/** As it will read back from the journal, to the bit: a resumed evaluation sees what an uninterrupted one saw. */
const plain = (result: EvaluationJobResult): EvaluationJobResult =>
  JSON.parse(JSON.stringify(result)) as EvaluationJobResult;
