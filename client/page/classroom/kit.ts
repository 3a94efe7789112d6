/** What a downloaded lesson's code takes from `@lectern/client/classroom`: the very parts that the page runs. */
export { tensorsOf } from "./examples.ts";
export { drawGlyphLesson } from "./glyph-data.ts";
export type { GlyphLessonOptions } from "./glyph-data.ts";
export type { Examples, LessonData } from "./lesson-data.ts";
export { splitOwnData } from "./own/own-data.ts";
export type { OwnData } from "./own/own-data.ts";
export { readImages } from "./own/read-images.ts";
export type { FoundFile } from "./own/read-images.ts";
export { openTable, tableExamples } from "./own/read-table.ts";
export { buildStudent } from "./student.ts";
export type { StudentShape } from "./student.ts";
