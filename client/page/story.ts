/**
 * `/story.json`: what `npm start` found, for the page to draw. Written beside the built page as api/public/story.json;
 * `null` until then. Errors are shares, 0 … 1.
 */
export interface StoryResult {
  readonly seed: number;
  readonly task: {
    readonly name: string;
    /** Examples of a student's own training set. */
    readonly subset: number;
    /** Probability with which a label was drawn anew. */
    readonly labelNoise: number;
    /** T, steps of a student's training. */
    readonly steps: number;
    readonly testExamples: number;
  };
  readonly teacher: { readonly name: string; readonly version: string };
  /** The fixed loss that was best on validation data, with its parameter (null: it has none) and rate tuned there. */
  readonly bestFixed: {
    readonly name: string;
    readonly parameter: number | null;
    readonly learningRate: number;
  };
  /** Paired: both students of a row had the same initialisation, data and batches. Test errors. */
  readonly students: readonly {
    readonly seed: number;
    readonly teacherError: number;
    readonly fixedError: number;
  }[];
  readonly meanTeacher: number;
  readonly meanFixed: number;
  /** (meanTeacher − meanFixed) / meanFixed: below 0 where the teacher's students err less. */
  readonly relative: number;
  /** Error on dev data of the students of meta-training, by meta-step. */
  readonly metaTraining: readonly { readonly metaStep: number; readonly devError: number }[];
  /** RFC 3339. */
  readonly generatedAt: string;
}

/** A story whose every field has its type; undefined for anything else, `null` included. */
export function readStory(value: unknown): StoryResult | undefined {
  const story = value as StoryResult | null;
  const { task, teacher, bestFixed } = story ?? {};
  const whole =
    numbers(story, "seed", "meanTeacher", "meanFixed", "relative") &&
    strings(story, "generatedAt") &&
    strings(task, "name") &&
    numbers(task, "subset", "labelNoise", "steps", "testExamples") &&
    strings(teacher, "name", "version") &&
    strings(bestFixed, "name") &&
    numbers(bestFixed, "learningRate") &&
    (bestFixed?.parameter === null || numbers(bestFixed, "parameter")) &&
    rows(story?.students, 1, "seed", "teacherError", "fixedError") &&
    rows(story?.metaTraining, 0, "metaStep", "devError");
  return whole ? story! : undefined;
}

const fields = (of: unknown, type: (field: unknown) => boolean, names: readonly string[]): boolean =>
  typeof of === "object" && of !== null && names.every((name) => type((of as Record<string, unknown>)[name]));
const numbers = (of: unknown, ...names: string[]) => fields(of, Number.isFinite, names);
const strings = (of: unknown, ...names: string[]) => fields(of, (field) => typeof field === "string", names);
const rows = (of: unknown, least: number, ...names: string[]) =>
  Array.isArray(of) && of.length >= least && of.every((row) => numbers(row, ...names));
