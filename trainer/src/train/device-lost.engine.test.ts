import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBackends } from "../backend/index.ts";
import { useSoftwareAdapter } from "../backend/webgpu/software.fixture.ts";
import { readCheckpoint, readMetrics } from "./run-folder.ts";
import { tinyConfig } from "./tiny.fixture.ts";
import { trainToFolder } from "./train-to-folder.ts";

const base = tinyConfig();
/** As few kernels as a run can have: emulated, each takes milliseconds. */
const config = tinyConfig({
  backend: "webgpu",
  task: { ...base.task, subset: 4, devExamples: 4, validationExamples: 4 },
  teacher: {
    ...base.teacher,
    family: "gain",
    featureSet: "no-dev",
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
  },
  recipe: { ...base.recipe, steps: 1, batchSize: 4 },
  meta: { ...base.meta, steps: 2, students: 1, averaging: 0, validateEvery: 2, validationStudents: 1 },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-lost-"));
});
afterAll(async () => {
  closeBackends();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!useSoftwareAdapter())("a GPU that is lost in the middle of a run", () => {
  test("ends it with a clear message and its checkpoint, from which it goes on", async () => {
    const run = join(folder, "lost");
    const lose = () => (tf.backend() as WebGPUBackend).device.destroy();
    await expect(trainToFolder({ run, config, workers: 1, onMetaStep: lose })).rejects.toThrow(
      /^The backend webgpu lost its device: .*--resume\.$/,
    );
    expect((await readCheckpoint(run)).metaStep).toBe(1);

    expect((await trainToFolder({ run, resume: true, workers: 1 })).metaStep).toBe(2);
    expect((await readMetrics(run)).map((line) => line.metaStep)).toEqual([0, 1, 2, 2]);
  });
});
