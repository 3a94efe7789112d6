import { percent } from "../dom.ts";
import type { Outcome, Side } from "./contest.ts";
import { errorOf } from "./examination.ts";

/** How two students of one test compare, without claiming more than one pair of students can show. */
export interface Verdict {
  /** Test errors, 0 … 1. */
  readonly errors: Readonly<Record<Side, number>>;
  readonly winner: Side | "tie";
  readonly text: string;
}

/** Normal quantile of a two-sided 95 % test. */
const z95 = 1.96;

/**
 * A difference counts where McNemar's test on the same images says so at 5 %: |b − c| > 1.96 √(b + c), with b and c the
 * images that only one of the two gets right.
 */
export function judge({ marks, lessons }: Outcome, fixedLoss: string): Verdict {
  const errors = { teacher: errorOf(marks.teacher), fixed: errorOf(marks.fixed) };
  const only = (side: Side, other: Side) =>
    marks[side].filter((right, i) => right && !marks[other][i]).length;
  const [b, c] = [only("teacher", "fixed"), only("fixed", "teacher")];
  const clear = Math.abs(b - c) > z95 * Math.sqrt(b + c);
  const winner = clear ? (b > c ? "teacher" : "fixed") : "tie";
  const count = marks.teacher.length.toLocaleString("en");
  const points = (100 * Math.abs(errors.teacher - errors.fixed)).toFixed(1);
  const compared = {
    teacher: `${points} points fewer with the teacher. One pair of students is one sample: try other seeds.`,
    fixed: `${points} points fewer with the fixed loss: here the teacher lost. One pair of students is one sample: try other seeds.`,
    tie: `a difference of ${points} points, which chance alone would often make on so many images. Call it a tie.`,
  }[winner];
  const diverged = (["teacher", "fixed"] as const)
    .filter((side) => lessons[side].status === "diverged")
    .map((side) => {
      const whose = side === "teacher" ? "the teacher" : fixedLoss;
      return ` The student of ${whose} diverged after ${lessons[side].steps} steps and was put back to its best weights, of step ${lessons[side].weightsOfStep}.`;
    });
  return {
    errors,
    winner,
    text: `Of ${count} clean test images, the teacher's student gets ${percent(errors.teacher)} wrong, the student of ${fixedLoss} ${percent(errors.fixed)}: ${compared}${diverged.join("")}`,
  };
}
