/** Labelled examples as plain data, which a worker can be sent. */
export interface Examples {
  /** [count, …shape], row by row. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [count], class numbers. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly shape: readonly number[];
  readonly classNames: readonly string[];
}

/**
 * One pair of students' data. Both learn from `train`; the teacher also looks at `dev`; `validation` draws the curves;
 * `test` is asked once, at the end.
 */
export type LessonData = Readonly<Record<"train" | "dev" | "validation" | "test", Examples>>;
