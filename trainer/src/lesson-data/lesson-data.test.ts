import * as tf from "@tensorflow/tfjs-core";
import { gatherBatch } from "@lectern/client/lesson";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { runTrainJob } from "../train/job.ts";
import { startingTheta, teacherSpecOf } from "../train/teacher.ts";
import { tinyConfig, tinyContext } from "../train/tiny.fixture.ts";
import { createTask, loadTaskData, augmentRows } from "../task/index.ts";
import { buildMlp } from "../student/index.ts";
import { openLessonData } from "./index.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

const seeds = { batches: 3, noise: 5 };
const augment = { crop: 2, flip: true };

test("an augmented step's batch is the same whenever it is asked for, in any order, and nothing leaks", async () => {
  const { task: spec } = tinyConfig();
  const task = createTask(await loadTaskData({ ...spec, augment }));
  const rows = task.sample(1).train;
  const model = buildMlp({ inputShape: task.inputShape, classes: 10, seed: 1, hidden: 4 });
  const plain = await openLessonData({ ...task, spec }, { rows, batchSize: 16, model, seeds });
  const before = tf.memory().numTensors;
  const { train, batches } = await openLessonData(task, { rows, batchSize: 16, model, seeds });
  expect([train.count, batches.batchSize]).toEqual([60, 16]);
  const read = (step: number) =>
    tf.tidy(() => {
      const { x, target } = gatherBatch(train, batches.indices(step));
      return [Array.from(x.dataSync()), Array.from(target.dataSync())];
    });
  const [x, target] = read(4);
  const indices = plain.batches.indices(4);
  expect(x).toEqual(
    Array.from(augmentRows(rows.x, indices, task.inputShape, { ...augment, seed: 5, step: 4 })),
  );
  expect(target!.map((v, i) => v * (i % 10)).filter(Boolean)).toEqual(
    Array.from(indices, (row) => rows.y[row]!).filter(Boolean),
  );
  read(0);
  expect(read(4)).toEqual([x, target]);
  train.dispose();
  expect(tf.memory().numTensors).toBe(before);
  plain.train.dispose();
  model.dispose();
});

test("a hypergradient through augmented lessons is a replay's, and another than without", async () => {
  const config = tinyConfig({ backend: "wasm" });
  const theta = startingTheta(config, teacherSpecOf(config, 10));
  const gradient = async (estimator: string, task = { ...config.task, augment }) => {
    const own = { ...config, estimator, task };
    const result = await runTrainJob(await tinyContext(own), { kind: "hypergradient", theta, seed: 9 });
    return "dTheta" in result ? result.dTheta : undefined;
  };
  const stored = await gradient("store");
  expect(stored).toBeDefined();
  expect(await gradient("checkpoint:2")).toEqual(stored);
  expect(
    await gradient("store", config.task as typeof config.task & { augment: typeof augment }),
  ).not.toEqual(stored);
});
