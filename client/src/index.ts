export { isLecternError, LecternError } from "@lectern/shared/errors";
export type { ErrorCode } from "@lectern/shared/errors";
export type { Manifest, OptimizerSpec, Recipe, Schedule, SignedManifest } from "@lectern/shared/schema";
export type { Coefficients, FixedLossName, PlainTensor, StudentState } from "@lectern/shared/teacher";
export { memoryCache } from "./connect/index.ts";
export type {
  ArtifactCache,
  ConnectOptions,
  ListOptions,
  PullOptions,
  TrustOptions,
} from "./connect/index.ts";
export type { Emission } from "./lesson/observer.ts";
export type { LessonResult } from "./lesson/run.ts";
export type { OptimizerOptions } from "./optimizer/options.ts";
export type { Data } from "./student/examples.ts";
export type { Outputs } from "./student/student.ts";
export { connect, createTeacher, loadTeacher, teachFixed } from "./teacher/index.ts";
export type {
  Lesson,
  LessonCallbacks,
  RecipeOptions,
  Teacher,
  TeacherConnection,
  TeacherLessonOptions,
  TeacherTensors,
  TeachFixedOptions,
  TeachOptions,
  TeachResult,
  Warning,
} from "./teacher/index.ts";
