export { fixedContender, rivalNames, teacherContender } from "./contender.ts";
export type { Contender, LossSource, NamedTeacher, NetworkData } from "./contender.ts";
export { createGround, openEvaluationExecutor } from "./ground.ts";
export type { EvaluationExecutor } from "./ground.ts";
export { jobKey } from "./job.ts";
export type { EvaluationJob, EvaluationJobResult, RecordedEmission } from "./job.ts";
export { memoryJournal, openJournal } from "./journal.ts";
export type { Journal } from "./journal.ts";
export { evaluate } from "./protocol.ts";
export type { EvaluationOptions, EvaluationProgress } from "./protocol.ts";
export {
  bestFixedOf,
  evaluationResult,
  parseEvaluationResult,
  teacherUnderTest,
  toEvaluationTable,
} from "./result.ts";
export type { ContenderResult, EvaluationResult, TeacherTrace } from "./result.ts";
export { createJobRunner } from "./run-job.ts";
export { bestTrial } from "./search.ts";
export { seriesOf } from "./trace.ts";
export { runThroughJournal } from "./run-jobs.ts";
export type { RunJobs } from "./run-jobs.ts";
export type { EvaluationSetting, EvaluationSetup } from "./setting.ts";
export { tuneContenders } from "./tune.ts";
export type { TunedContender, TuningOptions } from "./tune.ts";
