export { serveLessons } from "./serve-lessons.ts";
export type { ServeLessonsOptions } from "./serve-lessons.ts";
