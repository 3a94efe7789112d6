import type { StoryResult } from "../../client/page/story.ts";

/** As `npm start` would have found. */
export const exampleStory: StoryResult = {
  seed: 1,
  task: { name: "glyphs", subset: 1000, labelNoise: 0.3, steps: 300, testExamples: 2000 },
  teacher: { name: "small-glyphs", version: "1.0.0" },
  bestFixed: { name: "generalised-cross-entropy", parameter: 0.7, learningRate: 1.6000000000000003 },
  students: [
    { seed: 1, teacherError: 0.1, fixedError: 0.14 },
    { seed: 2, teacherError: 0.12, fixedError: 0.12 },
  ],
  meanTeacher: 0.11,
  meanFixed: 0.13,
  relative: -0.02 / 0.13,
  metaTraining: [
    { metaStep: 0, devError: 0.15 },
    { metaStep: 10, devError: 0.11 },
  ],
  generatedAt: "2026-11-23T20:00:00Z",
};
