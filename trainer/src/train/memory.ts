import { openStudent } from "@lectern/client/lesson";
import { hasOwnThreads, useBackend } from "../backend/index.ts";
import {
  activationBytes,
  describeMemory,
  estimateMemory,
  estimatorOf,
  expectMemory,
  metricChunk,
  type MemoryPlan,
} from "../hypergradient/index.ts";
import { loadStudent } from "../student/index.ts";
import type { Task } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";

/**
 * What a run will take, in words, and a refusal where that isn't there. On a GPU the history is the device's, whose free
 * memory can't be asked for: there it is told only.
 * @throws LecternError `unsupported` with an estimator that fits
 */
export async function planMemory(config: TrainConfig, task: Task, workers: number): Promise<string> {
  const plan = await memoryPlanOf(config, task, workers);
  if (hasOwnThreads(config.backend) && config.backend !== "node")
    return describeMemory(plan, estimateMemory(plan));
  const available = process.availableMemory();
  return describeMemory(plan, expectMemory(plan, available), available);
}

async function memoryPlanOf(config: TrainConfig, task: Task, workers: number): Promise<MemoryPlan> {
  const { recipe, student: chosen } = config;
  // Any backend tells a student's size; this one costs nothing to start.
  await useBackend("cpu");
  const build = await loadStudent(chosen.name);
  const { inputShape, classNames, spec } = task;
  const classes = classNames.length;
  const model = build({ inputShape, classes, seed: 0, ...chosen.options });
  try {
    const student = openStudent(model, classes);
    const pixels = inputShape.reduce((a, b) => a * b, 1);
    const examples = spec.subset + spec.devExamples + spec.validationExamples;
    return {
      estimator: estimatorOf(config.estimator),
      size: {
        weights: student.variables.reduce((sum, { size }) => sum + size, 0),
        steps: recipe.steps,
        optimizer: recipe.optimizer,
      },
      batchSize: recipe.batchSize,
      activationBytes: activationBytes(model),
      metricChunk: Math.min(metricChunk(student), spec.devExamples),
      forwardExamples: Math.max(spec.devExamples, spec.validationExamples),
      dataBytes: 4 * pixels * examples,
      workers,
    };
  } finally {
    model.dispose();
  }
}
