export type { Lesson, LessonCallbacks, TeacherLessonOptions } from "./lesson.ts";
export type { TeacherTensors } from "./network.ts";
export { connect, loadTeacher } from "./pull.ts";
export type { TeacherConnection } from "./pull.ts";
export type { RecipeOptions } from "./recipe.ts";
export type { TeachOptions, TeachResult } from "./teach.ts";
export { createTeacher } from "./teacher.ts";
export type { Teacher } from "./teacher.ts";
export type { Warning } from "./warnings.ts";
