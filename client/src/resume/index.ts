export { indexedDbStore } from "./indexed-db-store.ts";
export { openLesson } from "./open-lesson.ts";
export type { OpenLessonOptions, SavableLesson } from "./open-lesson.ts";
export { readSave } from "./save-format.ts";
export type { LessonRecord } from "./save-format.ts";
export { memoryStore } from "./store.ts";
export type { LessonStore } from "./store.ts";
export { teachWithSaves } from "./teach-with-saves.ts";
export type { SavedTeachOptions, SavedTeachResult } from "./teach-with-saves.ts";
export { teachThroughLosses } from "./teach-through-losses.ts";
export type {
  DeviceLoss,
  LosableBackend,
  LossyTeachOptions,
  LossyTeachResult,
} from "./teach-through-losses.ts";
