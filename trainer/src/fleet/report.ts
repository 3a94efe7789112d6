import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { formatChange, formatP, formatRate } from "../report/row.ts";
import { lineChart, standalonePicture, type Line } from "../report/svg/index.ts";
import { writeAtomically } from "../storage/index.ts";
import { shortName } from "../task/index.ts";
import type { FleetResult } from "./result.ts";

type Row = FleetResult["rows"][number];

/** The contest as Markdown: what was run, a line a contender, what it says. */
export function toFleetMarkdown(result: FleetResult): string {
  const lines = result.rows.map((row, i) => {
    const { label, learningRate, parameters, comparison } = row;
    const cells = [
      i === 0 || row.name === result.bestFixed ? `**${label}**` : label,
      learningRate === null ? "own" : `${formatRate(learningRate)}${row.interior ? "" : " (edge)"}`,
      Object.entries(parameters)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
      row.median.toFixed(2),
      row.mean.toFixed(2),
      comparison ? withInterval(comparison.median) : "",
      comparison ? withInterval(comparison.mean) : "",
      comparison ? `${Math.round(100 * comparison.worse)} %` : "",
      comparison ? formatP(comparison.pValue) : "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `${describeFleet(result)}.`,
    "",
    "| loss | rate | parameter | median % | mean % | teacher, median | teacher, mean | devices worse | p |",
    "| :--- | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
    `Test error over devices. “teacher”: its change relative to this row's, with the 95 % interval of a bootstrap over devices. “devices worse”: those whose error is higher under the teacher. p: two-sided paired t-test over devices.`,
    "",
  ].join("\n");
}

function describeFleet({
  task,
  student,
  recipe,
  devices,
  tuningSeeds,
  repeats,
  cells,
  folds,
  rows,
}: FleetResult): string {
  return [
    `${shortName(task.name)}, ${devices.length} devices, ${repeats} students each`,
    `${shortName(student.name)}, T = ${recipe.steps}, batch ${recipe.batchSize}, ${recipe.schedule} rate`,
    `tuned on ${tuningSeeds.length} other devices with ${cells} cells for each loss`,
    ...(rows.some(({ kind }) => kind === "tuned-on-device")
      ? [
          `devices that tune for themselves try the same cells by ${folds}-fold cross-validation on their own examples`,
        ]
      : []),
  ].join("; ");
}

const withInterval = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${formatChange(value)} (${formatChange(low)} … ${formatChange(high)})`;

/** Relative change of each device's error under the teacher, devices in order of it: below 0 it helps. */
export function toFleetPicture(result: FleetResult): string {
  const teacher = result.rows[0]!;
  const shown = result.rows.filter(
    ({ name, kind }) => name === result.bestFixed || kind === "tuned-on-device",
  );
  const lines: Line[] = shown.map((row, i) => ({
    name: row.label,
    look: `c${[0, 2, 3][i] ?? 1}`,
    dots: true,
    points: changes(teacher, row).map((change, d): [number, number] => [d + 1, 100 * change]),
  }));
  return standalonePicture(
    lineChart(lines, {
      title: "Relative change of each device's test error under the teacher",
      description: shown
        .map((row) => `Against ${row.label}: median device ${formatChange(middle(changes(teacher, row)))}`)
        .join(". "),
      width: 760,
      height: 380,
      xName:
        "devices in order; blue: against the best fixed loss, ochre: tuned on each device, green: on clean data",
      yName: "change of test error, %",
    }),
  );
}

const changes = (teacher: Row, rival: Row): number[] =>
  teacher.errors.map((error, d) => error / rival.errors[d]! - 1).toSorted((a, b) => a - b);
const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)]!;

/** Writes `NAME.json`, `NAME.md` and `NAME.svg` into a folder, each whole or not at all. */
export async function writeFleetReport(folder: string, result: FleetResult, name = "fleet"): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeAtomically(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 1)}\n`);
  await writeAtomically(join(folder, `${name}.md`), toFleetMarkdown(result));
  await writeAtomically(join(folder, `${name}.svg`), toFleetPicture(result));
}
