export { openLessonData } from "./open-lesson-data.ts";
export type { LessonDataOptions } from "./open-lesson-data.ts";
