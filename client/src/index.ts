export { isLecternError, LecternError } from "@lectern/shared/errors";
export type { ErrorCode } from "@lectern/shared/errors";
export type { Manifest, OptimizerSpec, Recipe, Schedule, SignedManifest } from "@lectern/shared/schema";
export type { Coefficients, PlainTensor, StudentState } from "@lectern/shared/teacher";
export type { ArtifactCache, ConnectOptions, PullOptions, TrustOptions } from "./connect/index.ts";
export type { Guide } from "./lesson/guide.ts";
export type { Emission } from "./lesson/observer.ts";
export type { LessonResult } from "./lesson/steps.ts";
export type { OptimizerOptions } from "./optimizer/options.ts";
export type { Data } from "./student/examples.ts";
export type { Outputs } from "./student/student.ts";
export { connect, createTeacher, loadTeacher } from "./teacher/index.ts";
export type {
  Lesson,
  LessonCallbacks,
  RecipeOptions,
  Teacher,
  TeacherConnection,
  TeacherLessonOptions,
  TeacherTensors,
  TeachOptions,
  TeachResult,
  Warning,
} from "./teacher/index.ts";
