export { trainConfig } from "./config.ts";
export type { TrainConfig } from "./config.ts";
export { openTrainExecutor } from "./context.ts";
export type { ThetaValues } from "./meta-optimizer.ts";
export { defaultMeasurement, defaultMeta, defaultRecipe, starts } from "./preset.ts";
export {
  createRun,
  identify,
  readCheckpoint,
  readConfig,
  readMetrics,
  resumeRun,
  writeAtomically,
} from "./run-folder.ts";
export type { Checkpoint, OpenedRun, RunFolder, Validated } from "./run-folder.ts";
export { runMetaTraining } from "./run.ts";
export type { MetaStepMetrics, TrainEvents } from "./run.ts";
export { networkOf, startingTheta, teacherSpecOf } from "./teacher.ts";
export { trainToFolder } from "./train-to-folder.ts";
export type { TrainRequest } from "./train-to-folder.ts";
