import type { ContenderResult, EvaluationResult } from "../evaluate/index.ts";

/** A contender's line as all tables show it: cells of text. */
export interface Row {
  readonly loss: string;
  readonly rate: string;
  readonly parameter: string;
  readonly validation: string;
  readonly test: string;
  readonly interval: string;
  readonly change: string;
  readonly p: string;
  readonly wins: string;
  /** The teacher under test, or the best of the fixed losses: set off in tables. */
  readonly mark: "teacher" | "best-fixed" | "none";
}

/** Headings in the order of columns. */
export const headings: Readonly<Record<Exclude<keyof Row, "mark">, string>> = {
  loss: "loss",
  rate: "rate",
  parameter: "parameter",
  validation: "valid. %",
  test: "test %",
  interval: "95 % interval",
  change: "teacher",
  p: "p",
  wins: "lower on",
};
export const columns = Object.keys(headings) as (keyof typeof headings)[];

export const rowsOf = (result: EvaluationResult): Row[] =>
  result.contenders.map((contender, i) => rowOf(contender, result, i));

function rowOf(contender: ContenderResult, result: EvaluationResult, index: number): Row {
  const { label, learningRate, parameters, validationError, error, comparison, interior } = contender;
  return {
    loss: label,
    rate: `${formatRate(learningRate)}${interior ? "" : " (edge)"}`,
    parameter: Object.entries(parameters)
      .map(([name, value]) => `${symbols[name] ?? name} ${value}`)
      .join(", "),
    validation: validationError.toFixed(2),
    test: error.mean.toFixed(2),
    interval: `${error.low.toFixed(2)} – ${error.high.toFixed(2)}`,
    change: comparison ? formatChange(comparison.relative) : "",
    p: comparison ? formatP(comparison.pValue) : "",
    wins: comparison ? `${comparison.wins} of ${result.pairedSeeds.length}` : "",
    mark: index === 0 ? "teacher" : contender.name === result.bestFixed ? "best-fixed" : "none",
  };
}

const symbols: Readonly<Record<string, string>> = {
  epsilon: "ε",
  gamma: "γ",
  margin: "m",
  q: "q",
  alpha: "α",
  epsilon1: "ε₁",
};

export const formatRate = (rate: number): string => String(Number(rate.toPrecision(3)));

/** −15.3 %, with a true minus sign and a space that doesn't break. */
export function formatChange(relative: number | null): string {
  if (relative === null) return "–";
  const percent = (100 * relative).toFixed(1);
  return `${percent.startsWith("-") ? "−" : "+"}${percent.replace("-", "")}\u00a0%`;
}

export const formatP = (p: number): string =>
  p < 0.0001 ? "<0.0001" : p < 0.001 ? p.toFixed(4) : p.toFixed(3);
