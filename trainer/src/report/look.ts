import type { ContenderResult, EvaluationResult } from "../evaluate/index.ts";

const colours: Readonly<Record<string, string>> = {
  "cross-entropy": "c1",
  "label-smoothing": "c2",
  focal: "c3",
  "large-margin": "c4",
  "generalised-cross-entropy": "c5",
  "symmetric-cross-entropy": "c8",
  poly: "c9",
};

/** CSS classes of a contender's marks: the same in every plot. More data is dashed, the teacher under test is strong. */
export function lookOf(
  { contenders }: EvaluationResult,
  { name, kind, loss, extraData }: ContenderResult,
): string {
  if (kind === "fixed") return `${colours[loss ?? ""] ?? "c7"}${extraData ? " dashed" : ""}`;
  const at = contenders.filter((c) => c.kind === "teacher").findIndex((c) => c.name === name);
  return at === 0 ? "c0 strong" : at === 1 ? "c6" : "c7";
}
