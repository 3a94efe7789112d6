export {
  augmentation,
  augmentRows,
  describeAugmentation,
  expectPictures,
  parseAugmentation,
} from "./augment.ts";
export type { Augmentation } from "./augment.ts";
export type { Condition, ConditionSpec } from "./condition.ts";
export {
  absoluteModule,
  importDefault,
  isModulePath,
  messageOf,
  orExplain,
  refuseName,
  shortName,
} from "./custom-module.ts";
export type { CustomExamples, CustomTask, CustomTaskFactory, CustomTaskOptions } from "./custom-task.ts";
export { addLabelNoise, classQuotas } from "./distribution.ts";
export { joinExamples, leaveOut, validateExamples } from "./examples.ts";
export type { ExampleRules, Examples } from "./examples.ts";
export { loadTask, loadTaskData } from "./load-task.ts";
export type { LoadTaskOptions } from "./load-task.ts";
export { parseCondition } from "./parse-condition.ts";
export { parseTask } from "./parse-task.ts";
export { createRandom, deriveSeed } from "./seeds.ts";
export type { SeedPurpose } from "./seeds.ts";
export { resolveTaskSpec, isTaskName, taskNames, taskSpec } from "./spec.ts";
export type { TaskName, TaskRequest, TaskSpec } from "./spec.ts";
export type { SplitSizes } from "./splits.ts";
export { createTask } from "./task.ts";
export type { LocalData, SamplePurpose, Task, TaskData } from "./task.ts";
