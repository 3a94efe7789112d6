import type { ContenderResult, EvaluationResult } from "../evaluate/index.ts";
import { conclusionsOf } from "./conclusion.ts";
import { columns, headings, rowsOf, type Row } from "./row.ts";

const leftAligned = new Set(["loss", "parameter"]);

/** A terminal has no room for the validation error, and the interval is given by its half width. */
const terminalColumns = columns.filter((column) => column !== "validation" && column !== "interval");
const narrow = ({ error }: ContenderResult, row: Row): Row => ({
  ...row,
  test: `${row.test} ± ${((error.high - error.low) / 2).toFixed(2)}`,
});

/** The result as aligned text for a terminal of 100 columns: setting, a line a loss, and what it says. */
export function toTextTable(result: EvaluationResult): string {
  const rows = [
    { ...headings, test: "test % ± 95 %" },
    ...result.contenders.map((contender, i) => narrow(contender, rowsOf(result)[i]!)),
  ];
  // A column that is empty everywhere (no loss has a parameter) takes no room.
  const shown = terminalColumns.filter((column) => rows.slice(1).some((row) => row[column] !== ""));
  const widths = shown.map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: (typeof rows)[number]): string =>
    shown
      .map((column, i) =>
        leftAligned.has(column) ? row[column].padEnd(widths[i]!) : row[column].padStart(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [
    ...wrap(result.setting),
    ...wrap(
      `${result.pairedSeeds.length} paired seeds; ${result.tuning.trainingsPerContender} tuning trainings for each loss.`,
    ),
    "",
    line(rows[0]!),
    rule,
    ...rows.slice(1).map(line),
    "",
    ...conclusionsOf(result).flatMap(wrap),
    "",
  ].join("\n");
}

/** The result as a Markdown table. */
export function toMarkdownTable(result: EvaluationResult): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rows = rowsOf(result).map((row) => {
    const cells = columns.map((column) => row[column]);
    return line(row.mark === "none" ? cells : [`**${cells[0]}**`, ...cells.slice(1)]);
  });
  return [
    `${result.setting}; ${result.pairedSeeds.length} paired seeds; ${result.tuning.trainingsPerContender} tuning trainings for each loss.`,
    "",
    line(columns.map((column) => headings[column])),
    line(columns.map((column) => (leftAligned.has(column) ? ":---" : "---:"))),
    ...rows,
    "",
    ...conclusionsOf(result).map((sentence) => `- ${sentence}`),
    "",
  ].join("\n");
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 96) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
