import { expect, test } from "vitest";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { createTask, loadTaskData, resolveTaskSpec } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import { planMemory } from "./memory.ts";
import { defaultMeasurement, defaultMeta, starts } from "./preset.ts";

const sgd: OptimizerSpec = { kind: "sgd", learningRate: 0.1, weightDecay: 0 };

const config = (estimator: string, steps: number): TrainConfig => ({
  task: resolveTaskSpec({ name: "glyphs", subset: 100, devExamples: 50, validationExamples: 50 }),
  student: { name: "mlp", options: {} },
  teacher: {
    family: "mixed",
    architecture: { kind: "attention", keys: 1 },
    featureSet: "full",
    measurement: defaultMeasurement,
    start: starts.robust!,
  },
  recipe: { optimizer: sgd, schedule: "constant", batchSize: 8, steps },
  metric: "soft-error",
  meta: defaultMeta,
  estimator,
  backend: "wasm",
  seed: 1,
});

test("a run is told what it takes, from its own student and data", async () => {
  const whole = config("store", 1000);
  const task = createTask(await loadTaskData(whole.task, {}));
  // 9,930 weights of 4 bytes, 1,000 times.
  expect(await planMemory(whole, task, 1)).toMatch(
    /^memory: about \d+ MB at the peak: 40 MB of history \(store\), \d+ MB to work with, \d+ MB of data; .* free$/,
  );
  expect(await planMemory(config("checkpoint", 1000), task, 2)).toMatch(
    /2 MB of history \(checkpoint\).*for each of 2 students at a time/,
  );
});

test("a horizon that no machine stores is refused, with what would fit", async () => {
  const whole = config("store", 10_000_000);
  const task = createTask(await loadTaskData(whole.task, {}));
  await expect(planMemory(whole, task, 1)).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringMatching(
      /store keeps 397\.2 GB of a lesson of 10,000,000 steps and 9,930 weights.*are free\. Choose --estimator \w+/,
    ),
  });
});
