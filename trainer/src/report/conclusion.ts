import {
  bestFixedOf,
  teacherUnderTest,
  type ContenderResult,
  type EvaluationResult,
} from "../evaluate/index.ts";
import { formatChange, formatP } from "./row.ts";

/** What the numbers say, a sentence each: against the best fixed loss, other teachers, and rivals with more data. */
export function conclusionsOf(result: EvaluationResult): string[] {
  const teacher = teacherUnderTest(result);
  const best = bestFixedOf(result);
  const others = result.contenders.slice(1);
  const extra = others
    .filter(({ extraData }) => extraData)
    .toSorted((a, b) => a.error.mean - b.error.mean)[0];
  const atEdge = result.contenders.filter(({ interior }) => !interior).map(({ label }) => label);
  const diverged = result.contenders.filter(({ diverged }) => diverged > 0);
  return [
    ...(best ? [against(teacher, best, "the best tuned fixed loss", result)] : []),
    ...others
      .filter(({ kind }) => kind === "teacher")
      .map((other) => against(teacher, other, "a rival teacher", result)),
    ...(extra ? [against(teacher, extra, "the best rival with the teacher's data", result)] : []),
    ...(atEdge.length > 0
      ? [`Tuning ended at the edge of what it may widen to for ${atEdge.join(", ")}: trust those rows less.`]
      : []),
    ...diverged.map(
      ({ label, diverged }) =>
        `${label}: ${diverged} ${diverged === 1 ? "student" : "students"} diverged, counted as 100 % error.`,
    ),
  ];
}

function against(
  teacher: ContenderResult,
  rival: ContenderResult,
  role: string,
  { pairedSeeds, metric }: EvaluationResult,
): string {
  const { relative, pValue, wins, difference } = rival.comparison!;
  const size = formatChange(relative === null ? null : Math.abs(relative)).replace("+", "");
  const verdict =
    pValue >= 0.05
      ? `no clear difference (${formatChange(relative)})`
      : `${size} ${difference < 0 ? "lower" : "higher"}`;
  return (
    `${teacher.label} against ${rival.label}, ${role}: ${teacher.error.mean.toFixed(2)}\u00a0% and ` +
    `${rival.error.mean.toFixed(2)}\u00a0% ${metric.replace(/, %$/, "")}, ${verdict}; p = ${formatP(pValue)}, lower on ${wins} of ${pairedSeeds.length} seeds.`
  ).replace("p = <", "p < ");
}
