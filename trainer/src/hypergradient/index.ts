export { devCrossEntropy, metricOf, softError } from "./metric.ts";
export type { Metric } from "./metric.ts";
export type {
  Estimator,
  HypergradientOptions,
  HypergradientProblem,
  HypergradientResult,
} from "./problem.ts";
export { storeEstimator } from "./store.ts";
