import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { connect, isLecternError, type Teacher } from "@lectern/client";
import { teachFixed } from "@lectern/client/fixed";
import { publishTeacher } from "@lectern/client/connect";
import { errorRate, openExamples, openStudent } from "@lectern/client/lesson";
import type { FixedLossName } from "@lectern/shared/teacher";
import { useBackend } from "../trainer/src/backend/select.ts";
import {
  fixedContender,
  memoryJournal,
  openEvaluationExecutor,
  rivalNames,
  runThroughJournal,
  tuneContenders,
} from "../trainer/src/evaluate/index.ts";
import { composeRelease, openSigningKey } from "../trainer/src/release/index.ts";
import { loadStudent } from "../trainer/src/student/index.ts";
import {
  createTask,
  deriveSeed,
  loadTaskData,
  resolveTaskSpec,
  type Examples,
  type Task,
} from "../trainer/src/task/index.ts";
import {
  defaultMeta,
  defaultMeasurement,
  starts,
  trainToFolder,
  type TrainConfig,
} from "../trainer/src/train/index.ts";
import type { StoryResult } from "../client/page/story.ts";

/** Progress of the story's parts, in order. */
export interface StoryEvents {
  onPart(title: string): void;
  onProgress(done: number, of: number, note: string): void;
  onSaid(line: string): void;
}

export interface StoryOptions extends StoryEvents {
  readonly seed: number;
  readonly workers: number;
  /** A folder for runs and the signing key. */
  readonly home: string;
  readonly api: { readonly url: string; readonly token: string };
}

/** Few examples, 40 % label noise: what cross-entropy is wrong for, and what devices have. */
const task = resolveTaskSpec({
  name: "glyphs",
  labelNoise: 0.4,
  devExamples: 2000,
  validationExamples: 2000,
});
const studentsTaught = 5;

const storyConfig = (seed: number): TrainConfig => ({
  task,
  student: { name: "mlp", options: {} },
  teacher: {
    family: "mixed",
    architecture: { kind: "attention", keys: 5 },
    featureSet: "full",
    measurement: { ...defaultMeasurement, devExamples: 500 },
    start: starts.bounded!,
  },
  recipe: {
    optimizer: { kind: "sgd", learningRate: 0.35, weightDecay: 0 },
    schedule: "cosine",
    batchSize: 32,
    steps: 300,
  },
  metric: "soft-error",
  meta: { ...defaultMeta, steps: 60, validateEvery: 15 },
  estimator: "store",
  backend: "wasm",
  seed,
});

/**
 * The main job, end to end: meta-train a teacher on generated glyphs with label noise, publish it, pull it, and let it
 * teach students beside the best fixed loss, whose kind, parameter and rate are tuned on validation data.
 */
export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const { seed, workers, home, api, onPart, onProgress, onSaid } = options;
  const config = storyConfig(seed);
  const run = join(home, `run-${seed}`);
  await rm(run, { recursive: true, force: true });

  onPart(
    `1/4  Meta-training on ${task.name}: ${task.subset} examples, ${100 * task.labelNoise} % of the labels drawn at random`,
  );
  let startError = Number.NaN;
  const metaTraining: { metaStep: number; devError: number }[] = [];
  const trained = await trainToFolder({
    run,
    config,
    workers,
    onValidated({ metaStep, error }) {
      if (metaStep === 0) startError = error;
    },
    onMetaStep({ metaStep, devError, metric, skipped }, { of }) {
      if (devError !== null) metaTraining.push({ metaStep, devError });
      onProgress(
        metaStep,
        of,
        `M ${metric?.toFixed(3) ?? "–"}, dev error ${percent(devError ?? Number.NaN)}, skipped ${skipped}`,
      );
    },
  });
  onSaid(
    `     students of the best θ err on ${percent(trained.best!.error)} of validation data, those of the start on ${percent(startError)}`,
  );

  onPart("2/4  Publishing, and pulling it back with signature and digest verified");
  const teacher = await publishAndPull(run, options);
  onSaid(
    `     ${teacher.manifest.name} ${teacher.manifest.version}, ${teacher.manifest.weights.bytes} bytes, from ${api.url}`,
  );

  onPart(`3/4  Tuning the fixed losses on validation data: ${rivalNames.join(", ")}`);
  const data = await loadTaskData(task);
  const fixed = await bestFixedLoss(config, data, options);
  onSaid(
    `     best: ${fixed.loss}${fixed.value === null ? "" : ` ${fixed.value.toPrecision(2)}`} at rate ${fixed.rate.toPrecision(2)}`,
  );

  onPart(`4/4  Teaching ${studentsTaught} students that nobody saw, same start, data and batches for both`);
  await useBackend("wasm");
  const students = [];
  for (let i = 0; i < studentsTaught; i++) {
    students.push(await teachPair(createTask(data), teacher, fixed, deriveSeed(seed, "evaluation", i)));
    onProgress(i + 1, studentsTaught, "");
  }
  const [meanTeacher, meanFixed] = [
    mean(students.map((s) => s.teacherError)),
    mean(students.map((s) => s.fixedError)),
  ];
  const { name, subset, labelNoise, testExamples } = task;
  return {
    seed,
    task: { name, subset, labelNoise, steps: config.recipe.steps, testExamples },
    teacher: { name: teacher.manifest.name, version: teacher.manifest.version },
    bestFixed: { name: fixed.loss, parameter: fixed.value, learningRate: fixed.rate },
    students,
    meanTeacher,
    meanFixed,
    relative: (meanTeacher - meanFixed) / meanFixed,
    metaTraining,
    generatedAt: new Date().toISOString(),
  };
}

/** Publishes under the next version that is free: a version is immutable, and an earlier story may have left one. */
async function publishAndPull(run: string, { home, api, seed }: StoryOptions): Promise<Teacher> {
  const { key } = await openSigningKey(join(home, "signing-key.json"));
  for (let minor = 0; ; minor++) {
    const release = {
      name: "glyphs-noise",
      version: `1.${minor}.${seed}`,
      description: "For small image classifiers on few examples with noisy labels.",
      license: "MIT",
      publisher: "local",
      key,
    };
    const artifact = await composeRelease(run, release);
    try {
      await publishTeacher(api.url, { ...artifact, token: api.token });
    } catch (error) {
      if (isLecternError(error) && error.code === "conflict") continue;
      throw error;
    }
    return connect(api.url).teacher(`${release.name}@${release.version}`);
  }
}

interface FixedChoice {
  readonly loss: FixedLossName;
  /** Its parameter; null for cross-entropy. */
  readonly value: number | null;
  readonly rate: number;
}

async function bestFixedLoss(
  config: TrainConfig,
  data: Awaited<ReturnType<typeof loadTaskData>>,
  { seed, workers, onProgress }: StoryOptions,
): Promise<FixedChoice> {
  const setting = { task, student: config.student, recipe: config.recipe, backend: config.backend };
  const executor = await openEvaluationExecutor({ setting, data }, workers);
  try {
    const tuned = await tuneContenders(
      rivalNames.map((name) => fixedContender(name)),
      {
        cells: 12,
        seeds: Array.from({ length: 2 }, (_, i) => deriveSeed(seed, "tuning", i)),
        centre: config.recipe.optimizer.learningRate,
        run: runThroughJournal(executor, setting, memoryJournal()),
        onProgress: ({ done, expected }) => onProgress(done, expected, ""),
      },
    );
    const { contender, best } = tuned.toSorted((a, b) => a.best.error - b.best.error)[0]!;
    const loss = contender.name as FixedLossName;
    return { loss, value: contender.parameter ? best.value : null, rate: best.rate };
  } finally {
    await executor.close();
  }
}

/** One local data set, one initialisation, one order of batches; the teacher's student and the fixed loss's. */
async function teachPair(
  task: Task,
  teacher: Teacher,
  fixed: FixedChoice,
  seed: number,
): Promise<StoryResult["students"][number]> {
  const { train, metaDev } = task.sample(seed, "evaluation");
  const classes = task.classNames.length;
  const shaped = ({ x, y }: Examples) => ({ x: tf.tensor(x, [y.length, ...task.inputShape]), y });
  const inputs = { train: shaped(train), dev: shaped(metaDev), seed: deriveSeed(seed, "batches") };
  const test = await openExamples(shaped(task.test), { classes, classNames: task.classNames, what: "test" });
  const build = await loadStudent("mlp");
  const student = async (teach: (model: ReturnType<typeof build>) => Promise<unknown>): Promise<number> => {
    const model = build({ inputShape: task.inputShape, classes, seed: deriveSeed(seed, "student") });
    await teach(model);
    const error = await errorRate(openStudent(model, classes), test);
    model.dispose();
    return error;
  };
  const teacherError = await student((model) => teacher.teach(model, inputs));
  const { recipe } = teacher.manifest;
  const tuned = { ...recipe, optimizer: { ...recipe.optimizer, learningRate: fixed.rate } };
  const fixedError = await student((model) =>
    teachFixed(model, {
      ...inputs,
      loss: fixed.loss,
      ...(fixed.value !== null && { parameter: fixed.value }),
      recipe: tuned,
    }),
  );
  tf.dispose([inputs.train.x, inputs.dev.x]);
  test.dispose();
  return { seed, teacherError, fixedError };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
