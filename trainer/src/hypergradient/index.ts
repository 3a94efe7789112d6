export { estimatorForms, estimatorOf, expectSupport, isEstimatorName } from "./estimator-name.ts";
export type { Estimator, LessonSize } from "./estimator.ts";
export { devCrossEntropy, metricOf, softError } from "./metric.ts";
export type { Metric } from "./metric.ts";
export type { HypergradientOptions, HypergradientProblem, HypergradientResult } from "./problem.ts";
