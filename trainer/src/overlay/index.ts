export { assertCovered, coveredLayers } from "./coverage.ts";
export type { CoverageOptions } from "./coverage.ts";
export { installOverlay, overlaidKernels } from "./install.ts";
export { coveredActivations } from "./layer-checks.ts";
export { holdMovingStatistics } from "./moving-statistics.ts";
export { batchesWithNoise, drawNoise, seedNoise, withoutNoise } from "./noise.ts";
export { stopGradient } from "./stop-gradient.ts";
export { supplyTensorMethods } from "./tensor-methods.ts";
