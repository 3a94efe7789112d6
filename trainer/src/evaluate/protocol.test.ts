import { describe, expect, test } from "vitest";
import { initialTheta, featuresOf, type TeacherSpec } from "@lectern/shared/teacher";
import { createTask, loadTaskData } from "../task/index.ts";
import type { EvaluationJob, EvaluationJobResult } from "./job.ts";
import { evaluate, type EvaluationOptions, type EvaluationProgress } from "./protocol.ts";
import { toEvaluationTable } from "./result.ts";

const features = featuresOf("no-dev", 10);
const spec: TeacherSpec = {
  family: "gain",
  architecture: { kind: "gate" },
  classes: 10,
  features: features.length,
};
const network = {
  spec,
  theta: initialTheta(spec, 1),
  features,
  measurement: { everySteps: 5, devExamples: 0, trainBatches: 1 },
};
const data = await loadTaskData({
  name: "glyphs",
  subset: 20,
  devExamples: 20,
  validationExamples: 20,
  testExamples: 20,
});
const task = createTask(data);

/** In place of trainings: the teacher's error is 6 % ± noise by seed, a rival's 8 % ± the same noise. */
const outcome = ({ source, seed, learningRate, split }: EvaluationJob): EvaluationJobResult => ({
  status: "completed",
  error:
    (source.kind === "teacher" ? 0.06 : 0.08) +
    (split === "test" ? (seed % 7) / 1000 + (seed % 3) / (source.kind === "teacher" ? 9000 : 8000) : 0) +
    0.01 * Math.log2(learningRate / 0.5) ** 2,
  curve: [],
  emissions: [],
});

const options = (): EvaluationOptions => ({
  setting: {
    task: task.spec,
    student: { name: "mlp", options: {} },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.5, weightDecay: 0 },
      schedule: "constant",
      batchSize: 10,
      steps: 10,
    },
    backend: "cpu",
  },
  task,
  teachers: [{ name: "teacher", label: "teacher", network }],
  rivals: ["cross-entropy", "focal"],
  seed: 1,
  executor: {
    run: async (jobs, onDone) => {
      const results = jobs.map(outcome);
      for (const [i, result] of results.entries()) onDone?.(i, result);
      return results;
    },
    close: () => Promise.resolve(),
  },
});

describe("evaluate", () => {
  test("pairs the seeds: a difference that is the same on each is found, however the seeds vary", async () => {
    const result = await evaluate(options());
    const { comparison, errors, learningRate } = result.contenders[1]!;
    expect(errors).toHaveLength(10);
    expect(learningRate).toBe(0.5);
    expect(comparison!.difference).toBeCloseTo(-2, 1);
    expect(comparison!.relative).toBeCloseTo(comparison!.difference / result.contenders[1]!.error.mean, 12);
    expect(comparison!.wins).toBe(10);
    expect(comparison!.pValue).toBeLessThan(1e-9);
    expect(comparison!.signPValue).toBeCloseTo(2 / 1024, 12);
    expect(result.bestFixed).toBe("cross-entropy");
  });

  test("states every split's size and whether its labels are clean", async () => {
    const { splits, setting } = await evaluate({ ...options(), rivals: [] });
    expect(splits.map(({ name, examples, cleanLabels }) => [name, examples, cleanLabels])).toEqual([
      ["local training set", 20, true],
      ["meta-dev", 20, true],
      ["validation", 20, true],
      ["test", 20, true],
    ]);
    expect(setting).toBe(
      "glyphs, 20 training examples drawn anew for each student, clean labels, student mlp, SGD (constant rate), batch 10, T = 10",
    );
  });

  test("tells how far it is: both phases reach what they expect", async () => {
    const seen: EvaluationProgress[] = [];
    await evaluate({ ...options(), onProgress: (progress) => seen.push(progress) });
    const last = (phase: string) => seen.findLast((p) => p.phase === phase)!;
    expect(last("testing")).toEqual({ phase: "testing", done: 30, expected: 30 });
    expect(last("tuning").done).toBe(last("tuning").expected);
    expect(seen.every(({ done, expected }) => done <= expected)).toBe(true);
  });

  test("without rivals there is no best fixed loss, and the table has the teacher's row", async () => {
    const result = await evaluate({ ...options(), rivals: [] });
    expect(result.bestFixed).toBeNull();
    expect(toEvaluationTable(result).rows.map(({ loss }) => loss)).toEqual(["teacher"]);
  });

  test.each([
    [{ teachers: [] }, "no teacher"],
    [{ pairedSeeds: 1 }, "pairedSeeds is 1"],
    [{ tuningSeeds: 0 }, "tuningSeeds is 0"],
    [{ cells: 1.5 }, "cells is 1.5"],
    [{ rivals: ["focal", "focal"] as const }, 'Two contenders are called "focal"'],
    [{ rivals: ["hinge" as "focal"] }, 'no fixed loss called "hinge"'],
  ])("refuses %j", async (wrong, problem) => {
    await expect(evaluate({ ...options(), ...wrong })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(problem) as unknown,
    });
  });
});
