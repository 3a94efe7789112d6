import type { EvaluationTable, ResultSummary } from "@lectern/shared/schema";
import { html, percent, table } from "../dom.ts";

/** The table that a teacher was published with. */
export function evaluationOf(evaluation: EvaluationTable | null): HTMLElement {
  if (evaluation === null)
    return html("p", {}, ["It was published without an evaluation: nobody has said how well it does."]);
  const { setting, metric, pairedSeeds, rows } = evaluation;
  return html("div", {}, [
    table(
      `${metric.replace(/[ ,]*%$/, "")}, %, mean and 95 % interval over ${pairedSeeds} paired seeds`,
      ["Loss", "Rate", "Parameter", "Error", "p against the teacher"],
      rows.map(({ loss, learningRate, parameters, error, pValue }) => [
        loss,
        String(Number(learningRate.toPrecision(3))),
        Object.entries(parameters)
          .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
          .join(", ") || "–",
        `${error.mean.toFixed(2)} (${error.low.toFixed(2)}–${error.high.toFixed(2)})`,
        pValue === null ? "–" : pValue < 0.0001 ? "< 0.0001" : pValue.toFixed(4),
      ]),
    ),
    html("p", { class: "aside" }, [setting]),
  ]);
}

/** What its users reported, who all had to say yes to that. */
export function wildResultsOf({ groups }: ResultSummary): HTMLElement {
  if (groups.length === 0) return html("p", {}, ["Nobody has reported how it does on their own data yet."]);
  const points = (share: number) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${percent(Math.abs(share))}`;
  return table(
    "Test error with the teacher less without, from its users' reports; below 0 it helped",
    ["Version", "Task", "Weights of the student", "Reports", "Median", "95 % interval"],
    groups.map(({ version, task, studentSize, count, change }) => [
      version,
      task,
      studentSize,
      String(count),
      change ? points(change.median) : "too few",
      change ? `${points(change.low)} to ${points(change.high)}` : "–",
    ]),
  );
}
