import type { CellResult, Comparison, ExperimentResult, TeacherSummary } from "../experiment/index.ts";
import type { ContenderResult } from "../evaluate/index.ts";
import { formatChange, formatP } from "./row.ts";

/** A teacher in a cell, as all tables show it: cells of text. */
export interface ExperimentRow {
  readonly cell: string;
  readonly bestFixed: string;
  readonly bestError: string;
  readonly teacher: string;
  readonly error: string;
  readonly change: string;
  readonly interval: string;
  readonly p: string;
  readonly wins: string;
}

export const experimentHeadings: Readonly<Record<keyof ExperimentRow, string>> = {
  cell: "task, student",
  bestFixed: "best fixed loss",
  bestError: "its test %",
  teacher: "teacher",
  error: "its test %",
  change: "change",
  interval: "95 % interval",
  p: "p",
  wins: "lower on",
};
export const experimentColumns = Object.keys(experimentHeadings) as (keyof ExperimentRow)[];

export const nameOfCell = ({ task, student }: Pick<CellResult, "task" | "student">): string =>
  `${task}, ${student}`;

const errorOf = ({ error }: ContenderResult): string =>
  `${error.mean.toFixed(2)} ± ${((error.high - error.low) / 2).toFixed(2)}`;

export const rangeOf = (relative: Comparison["relative"]): string =>
  relative ? `${formatChange(relative.low)} … ${formatChange(relative.high)}` : "–";

/** Every teacher of every cell that is done, against the cell's best fixed loss. */
export const experimentRows = ({ cells }: ExperimentResult): ExperimentRow[] => cells.flatMap(rowsOfCell);

function rowsOfCell(cell: CellResult): ExperimentRow[] {
  const { evaluation, comparisons, bestFixed } = cell;
  if (!evaluation) return [];
  const find = (name: string) => evaluation.contenders.find((c) => c.name === name)!;
  const best = bestFixed === null ? undefined : find(bestFixed);
  return comparisons
    .filter(({ against }) => against === bestFixed)
    .map(({ teacher, relative, pValue, wins }) => ({
      cell: nameOfCell(cell),
      bestFixed: best ? `${best.label}${best.interior ? "" : " (edge)"}` : "–",
      bestError: best ? errorOf(best) : "–",
      teacher: `${teacher}${find(teacher).interior ? "" : " (edge)"}`,
      error: errorOf(find(teacher)),
      change: formatChange(relative?.mean ?? null),
      interval: rangeOf(relative),
      p: formatP(pValue),
      wins: `${wins} of ${evaluation.pairedSeeds.length}`,
    }));
}

/** Of teachers against the first teacher of their cell. */
export interface RivalTeacherRow {
  readonly cell: string;
  readonly teacher: string;
  readonly against: string;
  readonly change: string;
  readonly interval: string;
  readonly p: string;
}

export const rivalTeacherRows = ({ cells }: ExperimentResult): RivalTeacherRow[] =>
  cells.flatMap((cell) =>
    cell.comparisons
      .filter(({ against }) => against !== cell.bestFixed)
      .map(({ teacher, against, relative, pValue }) => ({
        cell: nameOfCell(cell),
        teacher,
        against,
        change: formatChange(relative?.mean ?? null),
        interval: rangeOf(relative),
        p: formatP(pValue),
      })),
  );

/** What all cells together say of a teacher, in a sentence. */
export const sentenceOf = ({ teacher, cells, median, mean, better, worse }: TeacherSummary): string =>
  cells === 0
    ? `${teacher}: no cell is done yet.`
    : `${teacher}: over ${cells} ${cells === 1 ? "cell" : "cells"}, against each one's best tuned fixed loss, median ${formatChange(median)}` +
      `${mean && cells > 1 ? `, mean ${formatChange(mean.mean)} (${rangeOf(mean)})` : ""}; ` +
      `at p < 0.01 better in ${better}, worse in ${worse}.`;

/** What is missing, and why; empty for a complete experiment. */
export function gapsOf({ cells, runs }: ExperimentResult): string[] {
  const pending = cells.filter(({ status }) => status === "pending");
  return [
    ...(pending.length > 0
      ? [`Not done yet: ${pending.map(nameOfCell).join("; ")}. The same command goes on.`]
      : []),
    ...cells.filter(({ problem }) => problem).map((cell) => `Failed: ${nameOfCell(cell)}: ${cell.problem}`),
    ...runs
      .filter(({ problem }) => problem)
      .map(({ teacher, task, student, problem }) => `Failed: ${teacher} on ${task}, ${student}: ${problem}`),
  ];
}
