import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { createTask, loadTaskData, parseTask, resolveTaskSpec, type TaskSpec } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import { runTrainJob, type LessonJob } from "./job.ts";
import { prepareRun } from "./prepare.ts";
import { readCheckpoint, readMetrics } from "./run-folder.ts";
import { startingTheta, teacherSpecOf } from "./teacher.ts";
import { tinyConfig, tinyContext } from "./tiny.fixture.ts";
import { trainToFolder } from "./train-to-folder.ts";

let folder: string;
let flowers: TaskSpec;

beforeAll(async () => {
  await useBackend("cpu");
  installOverlay();
  folder = await mkdtemp(join(tmpdir(), "lectern-several-"));
  const path = join(folder, "flowers.csv");
  const rows = Array.from({ length: 200 }, (_, i) => `${Math.sin(i)},${i % 7},${["a", "b", "c"][i % 3]!}`);
  await writeFile(path, rows.join("\n"));
  flowers = resolveTaskSpec({
    name: path,
    subset: 20,
    devExamples: 20,
    validationExamples: 20,
    testExamples: 20,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const anyClasses = (over: Partial<TrainConfig["teacher"]> = {}): TrainConfig => {
  const config = tinyConfig();
  return {
    ...config,
    also: [flowers],
    teacher: { ...config.teacher, family: "invariant", featureSet: "pooled", ...over },
  };
};

test("students learn their tasks in turn, under one θ: of 10 classes and of 3", async () => {
  const config = anyClasses();
  const alone = await tinyContext(config);
  const context = { ...alone, also: [createTask(await loadTaskData(flowers))] };
  const theta = startingTheta(config, teacherSpecOf(config, 10));
  const run = (turn?: number) => {
    const job: LessonJob = { kind: "hypergradient", theta, seed: 4, ...(turn !== undefined && { turn }) };
    return runTrainJob(context, job);
  };
  const [first, second, third] = [await run(), await run(1), await run(2)];
  expect(first).toEqual(await runTrainJob(alone, { kind: "hypergradient", theta, seed: 4 }));
  expect(third).toEqual(first);
  expect(second).not.toEqual(first);
  expect(second).toMatchObject({ status: "ok" });
  // Dev errors are shares of 60 and of 20 examples.
  const errorOf = (result: typeof first) => ("devError" in result ? result.devError : Number.NaN);
  expect((60 * errorOf(first)) % 1).toBeCloseTo(0, 9);
  expect((20 * errorOf(second)) % 1).toBeCloseTo(0, 9);
});

test("a run on two tasks ends, and validates on both", async () => {
  const run = join(folder, "run");
  const config = anyClasses();
  await trainToFolder({ run, config, workers: 1 });
  expect((await readCheckpoint(run)).metaStep).toBe(3);
  const [start] = await readMetrics(run);
  // Two students: the mean of a share of 60 and a share of 20.
  expect(start).toMatchObject({ metaStep: 0, candidate: "theta" });
  expect((120 * Number(start!["error"])) % 1).toBeCloseTo(0, 9);
});

test("what can't be one teacher's is refused", async () => {
  const prepare = (config: TrainConfig) => prepareRun(config, { workers: 1 });
  await expect(prepare(anyClasses({ family: "mixed" }))).rejects.toThrow(
    "The tasks have 10 and 3 classes, and a teacher of family mixed with pooled features serves one number of them.",
  );
  await expect(prepare(anyClasses({ featureSet: "full" }))).rejects.toThrow("with full features");
  const config = anyClasses();
  await expect(prepare({ ...config, meta: { ...config.meta, validationStudents: 1 } })).rejects.toThrow(
    "validation-students is 1, and there are 2 tasks to choose θ by.",
  );
});

test("tasks as a flag says them", () => {
  expect(parseTask("mnist,subset=200, label-noise=0.4")).toEqual(
    resolveTaskSpec({ name: "mnist", subset: 200, labelNoise: 0.4 }),
  );
  expect(() => parseTask("mnist,colour=3")).toThrow('has "colour", which is no option of one');
  expect(() => parseTask("mnist,subset=x")).toThrow('has "x" for subset, expected a number');
  expect(() => parseTask("mnits")).toThrow('Unknown task "mnits"');
});
