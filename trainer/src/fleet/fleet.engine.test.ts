import { expect, test } from "vitest";
import { openEvaluationExecutor } from "../evaluate/index.ts";
import { loadTaskData, resolveTaskSpec } from "../task/index.ts";
import { featuresOf, initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { contestOnFleet, fleetResult, toFleetMarkdown, toFleetPicture } from "./index.ts";

const task = resolveTaskSpec({
  name: "glyphs",
  subset: 60,
  devExamples: 50,
  validationExamples: 100,
  testExamples: 100,
  conditions: [{ subset: [20, 60], labelNoise: [0, 0.5], lopsided: [1, 10] }],
});
const recipe = {
  optimizer: { kind: "sgd", learningRate: 0.35, weightDecay: 0 },
  schedule: "cosine",
  batchSize: 16,
  steps: 10,
} as const;
const setting = { task, student: { name: "mlp", options: { hidden: 8 } }, recipe, backend: "wasm" } as const;
const features = featuresOf("no-dev", 10);
const spec: TeacherSpec = {
  family: "mixed",
  architecture: { kind: "attention", keys: 2 },
  classes: 10,
  features: features.length,
};
const network = {
  spec,
  theta: initialTheta(spec, 1),
  features,
  measurement: { everySteps: 5, devExamples: 0, trainBatches: 2 },
};

async function contest() {
  const executor = await openEvaluationExecutor({ setting, data: await loadTaskData(task) }, 0);
  try {
    return await contestOnFleet({
      setting,
      teachers: [{ name: "teacher", label: "teacher", network }],
      rivals: ["cross-entropy", "generalised-cross-entropy"],
      seed: 3,
      devices: 4,
      tuningDevices: 2,
      repeats: 2,
      cells: 4,
      folds: 2,
      executor,
    });
  } finally {
    await executor.close();
  }
}

test("a small fleet: every contender on every device, the best loss tuned on devices too, the same bits again", async () => {
  const result = await contest();
  expect(fleetResult.parse(structuredClone(result))).toEqual(result);
  const best = result.rows.find(({ name }) => name === result.bestFixed)!;
  expect(result.rows.map(({ name }) => name)).toEqual([
    "teacher",
    "cross-entropy",
    "generalised-cross-entropy",
    `${best.name}+own-tuning`,
    `${best.name}+clean-tuning`,
  ]);
  for (const row of result.rows) expect(row.errors).toHaveLength(4);
  const fixed = result.rows.filter(({ kind }) => kind === "fixed");
  expect(best.median).toBe(Math.min(...fixed.map(({ median }) => median)));

  const [teacher] = result.rows;
  const { comparison } = best;
  expect(comparison!.mean.value).toBeCloseTo(teacher!.mean / best.mean - 1, 12);
  expect(comparison!.median.value).toBeCloseTo(teacher!.median / best.median - 1, 12);
  expect(comparison!.worse).toBe(teacher!.errors.filter((e, d) => e > best.errors[d]!).length / 4);
  expect(comparison!.mean.low).toBeLessThanOrEqual(comparison!.mean.value);
  expect(comparison!.mean.high).toBeGreaterThanOrEqual(comparison!.mean.value);

  expect(toFleetMarkdown(result)).toContain("tuned on each device (2-fold on its own data) | own |");
  expect(toFleetPicture(result)).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(await contest()).toEqual(result);
});
