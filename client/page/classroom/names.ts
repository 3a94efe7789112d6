import type { Side } from "./contest.ts";

/** What saved students' files are called, without an ending; a student's JSON names its weights' file. */
export const fileNames: Readonly<Record<Side, string>> = {
  teacher: "student-of-teacher",
  fixed: "student-of-fixed-loss",
};
