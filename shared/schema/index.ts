export { auditEntry, auditPage } from "./audit.ts";
export type { AuditEntry, AuditPage } from "./audit.ts";
export { keyList, keyRegistration, keyRevocation, publisherKey } from "./keys.ts";
export type { KeyList, KeyRegistration, PublisherKey } from "./keys.ts";
export { emission, emissionRequest, maxStates } from "./emission.ts";
export type { Emission, EmissionRequest } from "./emission.ts";
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
  ownerName,
  publicKey,
  reason,
  semanticVersion,
  sha256,
  tagName,
  teacherName,
  versionPattern,
} from "./names.ts";
export { problem } from "./problem.ts";
export type { Problem } from "./problem.ts";
export { datedRelease, teacherOverview, teacherQuery } from "./reads.ts";
export type { TeacherOverview, TeacherQuery } from "./reads.ts";
export { optimizer, recipe, schedule } from "./recipe.ts";
export type { OptimizerSpec, Recipe, Schedule } from "./recipe.ts";
export { release, teacherList, teacherPage, weightsReceipt } from "./routes.ts";
export type { Release, TeacherList, TeacherPage, WeightsReceipt } from "./routes.ts";
export { reportReceipt, resultGroup, resultReport, resultSummary } from "./results.ts";
export type { ReportReceipt, ResultGroup, ResultReport, ResultSummary } from "./results.ts";
export {
  deprecationRequest,
  ownership,
  releaseState,
  removalRequest,
  tagList,
  tagRequest,
  transferRequest,
  visibilityRequest,
  yankRequest,
} from "./states.ts";
export type { Ownership, ReleaseState, TagList } from "./states.ts";
export { newToken, scope, tokenInfo, tokenList, tokenRequest } from "./tokens.ts";
export type { NewToken, Scope, TokenInfo, TokenList } from "./tokens.ts";
export { maxWeightsBytes, uploadRequest, uploadStatus } from "./uploads.ts";
export type { UploadStatus } from "./uploads.ts";
