import { expect, test } from "vitest";
import { evaluate, openEvaluationExecutor, toEvaluationTable } from "../evaluate/index.ts";
import { featuresOf, initialTheta } from "@lectern/shared/teacher";
import { createTask, loadTaskData, resolveTaskSpec } from "../task/index.ts";

const spec = resolveTaskSpec({
  name: "glyphs",
  subset: 80,
  imbalance: 4,
  devExamples: 50,
  validationExamples: 200,
  testExamples: 200,
});
const features = featuresOf("no-dev", 10);
const teacher = {
  family: "gain",
  architecture: { kind: "gate" },
  classes: 10,
  features: features.length,
} as const;

async function evaluateBy(measure?: string) {
  const setting = {
    task: spec,
    student: { name: "mlp", options: { hidden: 8 } },
    recipe: {
      optimizer: { kind: "sgd", learningRate: 0.35, weightDecay: 0 },
      schedule: "cosine",
      batchSize: 16,
      steps: 30,
    },
    backend: "wasm",
    ...(measure && { measure }),
  } as const;
  const data = await loadTaskData(spec);
  const executor = await openEvaluationExecutor({ setting, data }, 0);
  try {
    return await evaluate({
      setting,
      task: createTask(data),
      teachers: [
        {
          name: "teacher",
          label: "teacher",
          network: {
            spec: teacher,
            theta: initialTheta(teacher, 1),
            features,
            measurement: { everySteps: 10, devExamples: 0, trainBatches: 2 },
          },
        },
      ],
      rivals: ["cross-entropy"],
      seed: 1,
      cells: 2,
      tuningSeeds: 1,
      pairedSeeds: 2,
      curveSeeds: 0,
      executor,
    });
  } finally {
    await executor.close();
  }
}

test("an evaluation judges every contender by the measure, and says so", async () => {
  const byError = await evaluateBy();
  const byF1 = await evaluateBy("macro-f1");
  expect([byError.metric, byF1.metric]).toEqual(["test error, %", "test 1 − macro-F1, %"]);
  expect(toEvaluationTable(byF1).metric).toBe("test 1 − macro-F1, %");
  for (const [i, { errors }] of byF1.contenders.entries()) {
    for (const error of errors) expect(error).toBeGreaterThan(0);
    expect(errors).not.toEqual(byError.contenders[i]!.errors);
  }
});
