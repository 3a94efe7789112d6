export {
  architecture,
  evaluationTable,
  feature,
  featureSet,
  formatVersion,
  lossFamily,
  manifest,
  measurement,
  provenance,
  signedManifest,
} from "./manifest.ts";
export type {
  Architecture,
  EvaluationTable,
  Feature,
  FeatureSet,
  LossFamily,
  Manifest,
  MeasurementIntervals,
  Provenance,
  SignedManifest,
} from "./manifest.ts";
export {
  base64,
  base64Pattern,
  digestPattern,
  namePattern,
  semanticVersion,
  sha256,
  teacherName,
  versionPattern,
} from "./names.ts";
export { problem } from "./problem.ts";
export type { Problem } from "./problem.ts";
export { optimizer, recipe, schedule } from "./recipe.ts";
export type { OptimizerSpec, Recipe, Schedule } from "./recipe.ts";
export { release, teacherList, teacherPage, weightsReceipt } from "./routes.ts";
export type { Release, TeacherList, TeacherPage, WeightsReceipt } from "./routes.ts";
export { reportReceipt, resultGroup, resultReport, resultSummary } from "./results.ts";
export type { ReportReceipt, ResultGroup, ResultReport, ResultSummary } from "./results.ts";
