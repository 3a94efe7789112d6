import type { Estimator, LessonSize } from "../estimator.ts";
import { floatBytes } from "../estimator.ts";

/** What a run's memory depends on. */
export interface MemoryPlan {
  readonly estimator: Estimator;
  readonly size: LessonSize;
  readonly batchSize: number;
  /** Of one example: `activationBytes` of the student. */
  readonly activationBytes: number;
  /** Examples that ∂M/∂ω_T takes in one pass: `metricChunk` of the student. */
  readonly metricChunk: number;
  /** Of the largest split that is only passed forwards. */
  readonly forwardExamples: number;
  /** Bytes of a student's data: training, meta-dev and validation examples. */
  readonly dataBytes: number;
  /** Students at a time, each in a thread of its own if more than one. */
  readonly workers: number;
}

/** Bytes at the peak, over what the process has now. */
export interface MemoryNeed {
  /** What the estimator keeps of a lesson. */
  readonly history: number;
  /** What a step, ∂M/∂ω_T and measurements work with. */
  readonly working: number;
  readonly data: number;
  readonly workers: number;
  readonly total: number;
}

/*
 * Measured on wasm with mlp, lenet and resnet8: resident set over the base, less the history (docs/estimators.md). A step
 * back holds the tape of two passes and the patches of convolutions; the metric's gradient that of one. Copies of ω: the
 * student's, the update's, ∇L, dω and its successor.
 */
const stepFactor = 12;
const metricFactor = 6.5;
const forwardFactor = 0.8;
const weightCopies = 5;

/** JavaScript's own: the tape's objects, compiled code. */
const heapBytes = 8e6;

/** A thread with TensorFlow.js in it. */
const threadBytes = 100e6;

/** Examples that a forward pass takes at a time. */
const forwardChunk = 1000;

/** The peak of a run, to within a factor of two: rather too much than too little. */
export function estimateMemory(plan: MemoryPlan): MemoryNeed {
  const { estimator, size, activationBytes, workers } = plan;
  const history = estimator.historyBytes(size);
  const working =
    heapBytes +
    weightCopies * size.weights * floatBytes +
    activationBytes *
      Math.max(
        stepFactor * plan.batchSize,
        metricFactor * plan.metricChunk,
        forwardFactor * Math.min(forwardChunk, plan.forwardExamples),
      );
  // In JavaScript and on the backend.
  const data = 2 * plan.dataBytes;
  const threads = workers > 1 ? workers * threadBytes : 0;
  return { history, working, data, workers, total: workers * (history + working + data) + threads };
}
