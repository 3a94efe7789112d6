import type { ExperimentResult } from "../experiment/index.ts";
import {
  experimentColumns,
  experimentHeadings,
  experimentRows,
  gapsOf,
  rivalTeacherRows,
  sentenceOf,
  type ExperimentRow,
} from "./experiment-row.ts";

const words: ReadonlySet<keyof ExperimentRow> = new Set(["cell", "bestFixed", "teacher"]);
/** A terminal has no room for the interval. */
const terminalColumns = experimentColumns.filter((column) => column !== "interval");

/** The result as aligned text for a terminal. */
export function toExperimentText(result: ExperimentResult): string {
  const rows = [experimentHeadings, ...experimentRows(result)];
  const widths = terminalColumns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: ExperimentRow): string =>
    terminalColumns
      .map((column, i) =>
        words.has(column) ? row[column].padEnd(widths[i]!) : row[column].padStart(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  return [
    result.title,
    "",
    line(experimentHeadings),
    widths.map((width) => "─".repeat(width)).join("──"),
    ...rows.slice(1).map(line),
    "",
    ...result.summary.map(sentenceOf),
    ...gapsOf(result),
    "",
  ].join("\n");
}

/** The result as Markdown: what it says, and the tables. */
export function toExperimentMarkdown(result: ExperimentResult): string {
  const rivals = rivalTeacherRows(result);
  const { protocol } = result.declaration;
  return [
    `# ${result.title}`,
    "",
    ...(result.about === null ? [] : [result.about, ""]),
    ...[...result.summary.map(sentenceOf), ...gapsOf(result)].map((sentence) => `- ${sentence}`),
    "",
    `${protocol.pairedSeeds} paired seeds that no tuning saw; at least ${protocol.cells} cells × ${protocol.tuningSeeds} seeds of tuning for each loss. Change: relative to the best fixed loss of the cell, chosen by its test error; p: two-sided paired t-test.`,
    "",
    ...table(
      experimentColumns.map((column) => experimentHeadings[column]),
      experimentRows(result).map((row) => experimentColumns.map((column) => row[column])),
      experimentColumns.map((column) => words.has(column)),
    ),
    "",
    ...(rivals.length === 0
      ? []
      : [
          "Teachers against the first teacher:",
          "",
          ...table(
            ["task, student", "teacher", "against", "change", "95 % interval", "p"],
            rivals.map((r) => [r.cell, r.teacher, r.against, r.change, r.interval, r.p]),
            [true, true, true, false, false, false],
          ),
          "",
        ]),
  ].join("\n");
}

function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly boolean[],
): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(headings), line(left.map((is) => (is ? ":---" : "---:"))), ...rows.map(line)];
}
