export { estimatorForms, estimatorOf, expectSupport, isEstimatorName } from "./estimator-name.ts";
export type { Estimator, LessonSize } from "./estimator.ts";
export { activationBytes } from "./memory/activations.ts";
export { describeMemory, expectMemory } from "./memory/expect-memory.ts";
export { estimateMemory } from "./memory/need.ts";
export type { MemoryNeed, MemoryPlan } from "./memory/need.ts";
export { devCrossEntropy, metricChunk, metricOf, softError } from "./metric.ts";
export type { Metric } from "./metric.ts";
export type { HypergradientOptions, HypergradientProblem, HypergradientResult } from "./problem.ts";
