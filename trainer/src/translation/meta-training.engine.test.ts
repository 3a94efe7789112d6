import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { fixedGuide, type TeacherNetwork } from "@lectern/client/lesson";
import type { Recipe } from "@lectern/shared/schema";
import { featuresOf, initialTheta, lowRank, registerFamily, robustStart } from "@lectern/shared/teacher";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { temporaryFolder } from "../data/temporary-folder.fixture.ts";
import { installOverlay } from "../overlay/index.ts";
import { openTranslationLesson, teachTranslator } from "./lesson.ts";
import { softNgram } from "./loss/metrics.ts";
import { trainTranslationTeacher } from "./meta-training.ts";
import { lstm1, lstm2 } from "./network/lstm.ts";
import { transformer } from "./network/transformer.ts";
import { corpusBleu } from "./search/translate.ts";
import { openTranslationTask } from "./task.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

/** A language of which every sentence is a colour, a thing and what it does, word by word the other's. */
const parts = [
  [
    ["roter", "red"],
    ["blauer", "blue"],
    ["alter", "old"],
    ["neuer", "new"],
  ],
  [
    ["hund", "dog"],
    ["mann", "man"],
    ["ball", "ball"],
    ["zug", "train"],
    ["baum", "tree"],
  ],
  [
    ["rennt", "runs"],
    ["liegt", "lies"],
    ["steht", "stands"],
    ["fällt", "falls"],
  ],
] as const;

async function openToyTask() {
  const dataDir = await temporaryFolder();
  const sentences = parts[0].flatMap((a) => parts[1].flatMap((b) => parts[2].map((c) => [a, b, c])));
  const lines = (language: 0 | 1) =>
    sentences.map((words) => words.map((w) => w[language]).join(" ")).join("\n");
  await mkdir(join(dataDir, "multi30k"));
  for (const stem of ["train", "val", "test_2016_flickr"])
    for (const [language, ending] of [
      [0, "de"],
      [1, "en"],
    ] as const)
      await writeFile(join(dataDir, "multi30k", `${stem}.${ending}`), lines(language));
  return openTranslationTask({ corpus: "multi30k", vocabularySize: 60, longest: 12, devPairs: 16, dataDir });
}

const recipe = (steps: number, learningRate = 0.01): Recipe => ({
  optimizer: {
    kind: "adam",
    learningRate,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-4,
  },
  schedule: "cosine",
  batchSize: 8,
  steps,
});

test("a small Transformer learns a small language, and BLEU says so", async () => {
  const task = await openToyTask();
  expect([task.pools.meta.length, task.pools.evaluation.length, task.metaDev.length]).toEqual([38, 26, 16]);
  const network = transformer(task.vocabulary.size, { width: 16, hidden: 32 });
  const lesson = openTranslationLesson({ network, pairs: task.pools.meta, recipe: recipe(120), seed: 1 });
  const before = await corpusBleu(lesson.translator, task.vocabulary, task.test);
  const { status } = await teachTranslator(lesson, fixedGuide("cross-entropy"));
  const after = await corpusBleu(lesson.translator, task.vocabulary, task.test, {
    beam: 3,
    lengthPenalty: 0.6,
  });
  expect(status).toBe("completed");
  expect(before.score).toBeLessThan(5);
  // Words, since three of them have no 4-gram.
  expect(after.precisions[0]).toBeGreaterThan(80);
  lesson.dispose();
});

test.each([
  ["lstm-1", lstm1],
  ["lstm-2", lstm2],
] as const)("%s learns it, too", async (_, build) => {
  const task = await openToyTask();
  const network = build(task.vocabulary.size, { width: 12, units: 16 });
  const lesson = openTranslationLesson({
    network,
    pairs: task.pools.meta,
    recipe: recipe(40, 0.04),
    seed: 1,
  });
  const losses: number[] = [];
  await teachTranslator(lesson, fixedGuide("cross-entropy"), {
    onStep: async ({ readLoss }) => void losses.push(await readLoss()),
  });
  expect(losses[0]).toBeCloseTo(Math.log(task.vocabulary.size), 0);
  expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
  lesson.dispose();
});

test("a meta-step lowers M of the student that it learned from, gives the same bits again, and frees its tensors", async () => {
  const task = await openToyTask();
  const network = transformer(task.vocabulary.size, { width: 8, hidden: 8 });
  registerFamily("low-rank", lowRank({ smoothing: 0.1, logBounded: -1 }));
  const features = featuresOf("no-dev", network.vocabulary);
  const spec = {
    family: "low-rank",
    architecture: { kind: "attention", keys: 2 },
    classes: network.vocabulary,
    features: features.length,
  } as const;
  const start = initialTheta(spec, 1, { ...robustStart, readerSpread: 0.05, timeSharpness: 4 });
  const train = async (theta: TeacherNetwork["theta"]) => {
    const measurement = { everySteps: 5, devExamples: 0, trainBatches: 2 };
    let first = { metric: Number.NaN, status: "" };
    const after = await trainTranslationTeacher(
      task,
      { spec, features, theta, measurement },
      {
        network,
        recipe: recipe(10),
        metric: softNgram(2),
        estimator: "store",
        metaSteps: 1,
        learningRate: 0.05,
        elementRate: 0.3,
        seed: 3,
        onMetaStep: ({ metric, status }) => {
          first = { metric, status };
        },
      },
    );
    return { theta: after, ...first };
  };
  const before = tf.memory().numTensors;
  const one = await train(start);
  expect(one.status).toBe("ok");
  expect(await train(start)).toEqual(one);
  const two = await train(one.theta);
  expect(two.metric).toBeLessThan(one.metric);
  expect(tf.memory().numTensors).toBe(before);
});

test("a task needs twice the pairs of M", async () => {
  const dataDir = await temporaryFolder();
  for (const ending of ["de", "en"]) await writeFile(join(dataDir, `train.${ending}`), "a b\nb a\na a b\n");
  const opening = openTranslationTask({
    corpus: "multi30k",
    vocabularySize: 20,
    longest: 8,
    devPairs: 2,
    dataDir,
  });
  await expect(opening).rejects.toThrow("has 3 training pairs of at most 8 positions, expected at least 4");
});
