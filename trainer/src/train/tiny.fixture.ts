import { createTask, loadTaskData, resolveTaskSpec } from "../task/index.ts";
import { loadStudent } from "../student/index.ts";
import type { TrainConfig } from "./config.ts";
import type { JobContext } from "./job.ts";
import { defaultMeasurement, defaultMeta, starts } from "./preset.ts";

/** A run as small as they come: glyphs, 8 hidden units, 12 steps. */
export const tinyConfig = (over: Partial<TrainConfig> = {}): TrainConfig => ({
  task: resolveTaskSpec({
    name: "glyphs",
    subset: 60,
    labelNoise: 0.4,
    devExamples: 60,
    validationExamples: 60,
    testExamples: 60,
  }),
  student: { name: "mlp", options: { hidden: 8 } },
  teacher: {
    family: "mixed",
    architecture: { kind: "attention", keys: 2 },
    featureSet: "full",
    measurement: { ...defaultMeasurement, everySteps: 4, devExamples: 40, trainBatches: 2 },
    start: starts.robust!,
  },
  recipe: {
    optimizer: { kind: "sgd", learningRate: 0.4, weightDecay: 0 },
    schedule: "cosine",
    batchSize: 16,
    steps: 12,
  },
  metric: "soft-error",
  meta: { ...defaultMeta, steps: 3, students: 2, validateEvery: 2, validationStudents: 2 },
  estimator: "store",
  backend: "cpu",
  seed: 5,
  ...over,
});

/** What a thread holds to run a config's jobs, on the backend that is current. */
export async function tinyContext(config: TrainConfig): Promise<JobContext> {
  const task = createTask(await loadTaskData(config.task, {}));
  return { config, task, build: await loadStudent(config.student.name) };
}
