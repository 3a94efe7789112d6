import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { featuresOf, initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTask, loadTaskData, type Task, type TaskData } from "../task/index.ts";
import {
  createGround,
  createJobRunner,
  evaluate,
  evaluationResult,
  openEvaluationExecutor,
  openJournal,
  toEvaluationTable,
  type EvaluationExecutor,
  type EvaluationJob,
  type EvaluationOptions,
  type EvaluationResult,
  type EvaluationSetting,
} from "./index.ts";

const features = featuresOf("full", 10);
const spec: TeacherSpec = {
  family: "mixed",
  architecture: { kind: "attention", keys: 2 },
  classes: 10,
  features: features.length,
};
const measurement = { everySteps: 25, devExamples: 50, trainBatches: 2 };
const teacher = {
  name: "teacher",
  label: "teacher",
  network: { spec, theta: initialTheta(spec, 1), features, measurement },
};

let data: TaskData;
let task: Task;
let setting: EvaluationSetting;
let folder: string;

beforeAll(async () => {
  data = await loadTaskData({
    name: "glyphs",
    subset: 500,
    labelNoise: 0.4,
    devExamples: 100,
    validationExamples: 100,
    testExamples: 200,
  });
  task = createTask(data);
  setting = {
    task: task.spec,
    student: { name: "mlp", options: { hidden: 32 } },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.2, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 32,
      steps: 100,
    },
    backend: "wasm",
  };
  folder = await mkdtemp(join(tmpdir(), "lectern-evaluate-"));
});
afterAll(() => rm(folder, { recursive: true }));

const small = { teachers: [teacher], seed: 3, cells: 4, tuningSeeds: 1, pairedSeeds: 3, curveSeeds: 1 };
const rivals = ["cross-entropy", "generalised-cross-entropy"] as const;

/** Evaluates, and gives back every job that ran. */
async function run(
  executor: EvaluationExecutor,
  options: Partial<EvaluationOptions> = {},
): Promise<{ result: EvaluationResult; jobs: EvaluationJob[] }> {
  const jobs: EvaluationJob[] = [];
  const watched: EvaluationExecutor = {
    run: (wanted, onDone) => {
      jobs.push(...wanted);
      return executor.run(wanted, onDone);
    },
    close: () => executor.close(),
  };
  const result = await evaluate({ setting, task, rivals, ...small, ...options, executor: watched });
  return { result, jobs };
}

describe("evaluate on glyphs", () => {
  let alone: { result: EvaluationResult; jobs: EvaluationJob[] };
  let inProcess: EvaluationExecutor;

  beforeAll(async () => {
    inProcess = await openEvaluationExecutor({ setting, data }, 0);
    alone = await run(inProcess, { extraDataRivals: ["cross-entropy"] });
  }, 120_000);

  test("gives a result of the published form, with the teacher first", () => {
    const { result } = alone;
    expect(evaluationResult.parse(result)).toEqual(result);
    expect(result.contenders.map(({ name }) => name)).toEqual([
      "teacher",
      "cross-entropy",
      "generalised-cross-entropy",
      "cross-entropy+meta-dev",
    ]);
    expect(result.contenders[0]!.comparison).toBeNull();
    for (const { errors, error } of result.contenders) {
      expect(errors).toHaveLength(3);
      expect(error.mean).toBeCloseTo(errors.reduce((a, b) => a + b) / 3, 10);
      expect(error.mean).toBeGreaterThan(0);
      expect(error.mean).toBeLessThan(70);
    }
    expect(toEvaluationTable(result).rows[1]!.pValue).toBe(result.contenders[1]!.comparison!.pValue);
  });

  test("tuning never asks for test data, and no seed of it is evaluated on", () => {
    const { jobs, result } = alone;
    const tuning = jobs.filter(({ split }) => split === "validation");
    const testing = jobs.filter(({ split }) => split === "test");
    expect(tuning.length + testing.length).toBe(jobs.length);
    expect(new Set(testing.map(({ seed }) => seed))).toEqual(new Set(result.pairedSeeds));
    const tuned = new Set(tuning.map(({ seed }) => seed));
    expect(tuned).toEqual(new Set(result.tuning.seeds));
    expect(result.pairedSeeds.filter((seed) => tuned.has(seed))).toEqual([]);
    // Once for each contender and seed.
    expect(testing).toHaveLength(4 * 3);
  });

  test("a grid whose edge was best has been widened, for a first rate that is too low", () => {
    const { contenders, tuning } = alone.result;
    expect(contenders.every(({ interior }) => interior)).toBe(true);
    expect(Math.max(...contenders.map(({ learningRate }) => learningRate))).toBeGreaterThan(0.4);
    expect(new Set(contenders.map(({ trials }) => trials.length))).toEqual(
      new Set([tuning.cellsPerContender]),
    );
  });

  test("records curves and φ on the first seed only", () => {
    const [first, rival] = alone.result.contenders;
    expect(rival!.curves.map(({ seed }) => seed)).toEqual([alone.result.pairedSeeds[0]]);
    expect(rival!.curves[0]!.points.at(0)!.step).toBe(0);
    expect(rival!.curves[0]!.points.at(-1)!.step).toBe(100);
    expect(rival!.trace).toBeNull();
    const { lessons, snapshots } = first!.trace!;
    expect(lessons[0]!.steps).toEqual([0, 25, 50, 75]);
    const entropy = lessons[0]!.series["attention entropy"]!;
    expect(Math.max(...entropy)).toBeLessThanOrEqual(Math.log(2) + 1e-6);
    expect(snapshots.map(({ step }) => step)).toEqual([0, 25, 50, 75]);
  });

  test("contenders of a seed share initial weights: all start at the same error", () => {
    const starts = alone.result.contenders.map(({ curves }) => curves[0]!.points[0]!.error);
    expect(new Set(starts).size).toBe(1);
  });

  test("two workers give the same bits as this thread", async () => {
    const workers = await openEvaluationExecutor({ setting, data }, 2);
    try {
      const { result } = await run(workers, { extraDataRivals: ["cross-entropy"] });
      expect(JSON.stringify(result)).toBe(JSON.stringify(alone.result));
    } finally {
      await workers.close();
    }
  });

  test("an evaluation that was killed goes on with what its journal has, to the same bits", async () => {
    const path = join(folder, "evaluation.jsonl");
    const first = openJournal(path);
    const whole = await run(inProcess, { journal: first });
    first.close();
    // As a kill leaves it: some lines, and a part of one.
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${lines.slice(0, 7).join("\n")}\n${lines[7]!.slice(0, 40)}`);
    const second = openJournal(path);
    const resumed = await run(inProcess, { journal: second });
    second.close();
    expect(JSON.stringify(resumed.result)).toBe(JSON.stringify(whole.result));
    expect(resumed.jobs).toHaveLength(whole.jobs.length - 7);
    const third = openJournal(path);
    expect((await run(inProcess, { journal: third })).jobs).toHaveLength(0);
    third.close();
  });
});

test.each([0, 1])("an unknown student is refused before anything runs (%i workers)", async (workers) => {
  const unknown = { ...setting, student: { name: "perceptron", options: {} } };
  await expect(openEvaluationExecutor({ setting: unknown, data }, workers)).rejects.toMatchObject({
    name: "LecternError",
    code: "invalid-argument",
    message: expect.stringContaining("perceptron") as unknown,
  });
});

describe("a job", () => {
  const job: EvaluationJob = {
    source: { kind: "fixed", loss: "cross-entropy" },
    learningRate: 0.2,
    value: 0,
    extraData: false,
    seed: 5,
    split: "validation",
    curvePoints: 0,
  };

  test("is a pure function: same job, same bits; and leaves no tensor behind but the open splits", async () => {
    const runJob = createJobRunner(await createGround({ setting, data }));
    const first = await runJob(job);
    const tensors = tf.memory().numTensors;
    await runJob({ ...job, seed: 6 });
    expect(await runJob(job)).toEqual(first);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("that tunes never reads the test examples", async () => {
    const ground = await createGround({ setting, data });
    let reads = 0;
    const watched = Object.defineProperty({ ...ground.task }, "test", {
      get: () => {
        reads++;
        return ground.task.test;
      },
    });
    const runJob = createJobRunner({ ...ground, task: watched });
    reads = 0;
    await runJob(job);
    await runJob({ ...job, curvePoints: 4, extraData: true });
    expect(reads).toBe(0);
    await runJob({ ...job, split: "test" });
    expect(reads).toBe(1);
  });

  test("a rate that makes the student diverge counts as an error of 1", async () => {
    const runJob = createJobRunner(await createGround({ setting, data }));
    const result = await runJob({ ...job, learningRate: 1e30 });
    expect(result).toMatchObject({ status: "diverged", error: 1 });
  });

  test("with meta-dev data learns from more examples: its error is another", async () => {
    const runJob = createJobRunner(await createGround({ setting, data }));
    expect((await runJob({ ...job, extraData: true })).error).not.toBe((await runJob(job)).error);
  });
});
