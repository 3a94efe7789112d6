export { assertCovered, coveredActivations, coveredLayers } from "./coverage.ts";
export { installOverlay, overlaidKernels } from "./install.ts";
export { holdMovingStatistics } from "./moving-statistics.ts";
export { stopGradient } from "./stop-gradient.ts";
