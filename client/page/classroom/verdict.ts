import { percent } from "../dom.ts";
import type { Outcome, Side } from "./contest.ts";
import { confusionOf, errorOf, intervalOf, signTest } from "./statistics.ts";

/** What is left of a pair of students: plain data. */
export interface Pair {
  readonly seed: number;
  /** Test errors, 0 … 1. */
  readonly errors: Readonly<Record<Side, number>>;
  /** Test examples that only this student gets right. */
  readonly only: Readonly<Record<Side, number>>;
  readonly images: number;
  /** In words: "clean test images". */
  readonly what: string;
  /** [right class][answer]. */
  readonly confusion: Readonly<Record<Side, readonly (readonly number[])[]>>;
  readonly classNames: readonly string[];
  /** What the user should know of the lessons: divergence, and the client's warnings. */
  readonly remarks: readonly string[];
}

export function pairOf(
  { lessons, labels, answers }: Outcome,
  { seed, classNames, what }: Pick<Pair, "seed" | "classNames" | "what">,
): Pair {
  const right = (side: Side, i: number) => answers[side][i] === labels[i];
  const only = (side: Side, other: Side) =>
    labels.reduce((count, _, i) => count + Number(right(side, i) && !right(other, i)), 0);
  const of = <T>(make: (side: Side) => T): Record<Side, T> => ({
    teacher: make("teacher"),
    fixed: make("fixed"),
  });
  return {
    seed,
    errors: of((side) => errorOf(labels, answers[side])),
    only: { teacher: only("teacher", "fixed"), fixed: only("fixed", "teacher") },
    images: labels.length,
    what,
    confusion: of((side) => confusionOf(labels, answers[side], classNames.length)),
    classNames,
    remarks: [
      ...(["teacher", "fixed"] as const)
        .filter((side) => lessons[side].status === "diverged")
        .map((side) => {
          const whose = side === "teacher" ? "teacher" : "fixed loss";
          return `The student of the ${whose} diverged after ${lessons[side].steps} steps and was put back to its best weights, of step ${lessons[side].weightsOfStep}.`;
        }),
      ...lessons.teacher.warnings.map(({ message }) => `Note: ${message}`),
    ],
  };
}

/** How students compare, without claiming more than so many pairs can show. */
export interface Verdict {
  readonly winner: Side | "tie";
  readonly text: string;
}

/** What drawn data are called: each pair's are new. */
export const drawn = "clean test images";

export function judge(pairs: readonly Pair[], fixedLoss: string): Verdict {
  const { winner, text } = pairs.length === 1 ? judgeOne(pairs[0]!, fixedLoss) : judgeMany(pairs, fixedLoss);
  const overlapping =
    pairs.length > 1 && pairs[0]!.what !== drawn
      ? ["Each pair cuts your data anew, so test sets overlap, and the interval is somewhat too narrow."]
      : [];
  const remarks = [...overlapping, ...new Set(pairs.flatMap((pair) => pair.remarks))];
  return { winner, text: [text, ...remarks].join(" ") };
}

/**
 * A difference counts where McNemar's exact test on the same examples says so at 5 %: were the students alike, each of
 * the examples that only one of them gets right would be either's with probability ½.
 */
function judgeOne({ errors, only, images, what }: Pair, fixedLoss: string): Verdict {
  const clear = signTest(only.teacher, only.fixed) < 0.05;
  const winner = clear ? (only.teacher > only.fixed ? "teacher" : "fixed") : "tie";
  const points = (100 * Math.abs(errors.teacher - errors.fixed)).toFixed(1);
  const compared = {
    teacher: `${points} points fewer with the teacher. One pair of students is one sample: train more pairs.`,
    fixed: `${points} points fewer with the fixed loss: here the teacher lost. One pair of students is one sample: train more pairs.`,
    tie: `a difference of ${points} points, which chance alone would often make on so many ${what}. Call it a tie.`,
  }[winner];
  return {
    winner,
    text: `Of ${images.toLocaleString("en")} ${what}, the teacher's student gets ${percent(errors.teacher)} wrong, the student of ${fixedLoss} ${percent(errors.fixed)}: ${compared}`,
  };
}

/** The mean difference over pairs, with its 95 % t-interval: a tie where that holds 0. */
function judgeMany(pairs: readonly Pair[], fixedLoss: string): Verdict {
  const mean = (side: Side) => intervalOf(pairs.map(({ errors }) => errors[side]));
  const [teacher, fixed] = [mean("teacher"), mean("fixed")];
  const difference = intervalOf(pairs.map(({ errors }) => errors.teacher - errors.fixed));
  const half = difference.half!;
  const winner = Math.abs(difference.mean) <= half ? "tie" : difference.mean < 0 ? "teacher" : "fixed";
  const won = pairs.filter(({ errors }) => errors.teacher < errors.fixed).length;
  const points = (x: number) => `${x < 0 ? "−" : ""}${(100 * Math.abs(x)).toFixed(1)}`;
  const interval = `${points(difference.mean)} points (95 % interval ${points(difference.mean - half)} to ${points(difference.mean + half)})`;
  const said = {
    teacher: `the teacher's students err less, by ${interval}`,
    fixed: `the teacher's students err more, by ${interval}: here the teacher lost`,
    tie: `the difference is ${interval}, which holds 0. Call it a tie`,
  }[winner];
  return {
    winner,
    text: `Over ${pairs.length} pairs the teacher's students get ${percent(teacher.mean)} of the ${pairs[0]!.what} wrong, those of ${fixedLoss} ${percent(fixed.mean)}: ${said}. The teacher's student was better in ${won} of ${pairs.length} pairs.`,
  };
}
