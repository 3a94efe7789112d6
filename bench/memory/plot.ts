import type { CellResult } from "./cell.ts";
import { strategies, type Strategy } from "./cells.ts";
import { lineChart, type Line } from "../../trainer/src/report/svg/index.ts";
import { style } from "../../trainer/src/report/style.ts";

const height = 300;
const width = 640;

/** Memory and time over T: two charts and a legend as one picture that stands by itself. */
export function plot(results: readonly CellResult[]): string {
  const lines = (value: (cell: CellResult) => number): Line[] =>
    strategies.map(({ estimator, optimizer, look }) => ({
      name: `${estimator}, ${optimizer}`,
      look,
      dots: true,
      points: results
        .filter((cell) => cell.estimator === estimator && cell.optimizer === optimizer)
        .map((cell) => [cell.steps, Math.max(1, value(cell))] as const)
        .toSorted((a, b) => a[0] - b[0]),
    }));
  const shared = { width, height, x: "log", y: "log", xName: "T, steps of a lesson" } as const;
  const memory = lineChart(
    lines((cell) => cell.overMb).filter(({ points }) => points.length > 0),
    {
      ...shared,
      title: "Memory over the horizon",
      description: "Peak resident set over the process's base, LeNet, batch 8.",
      yName: "MB over the process's base",
    },
  );
  const time = lineChart(
    lines((cell) => cell.cpuMsPerStep).filter(({ points }) => points.length > 0),
    {
      ...shared,
      title: "Time over the horizon",
      description: "CPU time a step, LeNet, batch 8.",
      yName: "ms of CPU a step",
    },
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${2 * height + 70}" role="img">`,
    "<title>Memory and time of hypergradient estimators over the horizon T</title>",
    `<style>${style} svg { height: auto; } text { font-family: system-ui, sans-serif; }</style>`,
    `<rect width="${width}" height="${2 * height + 70}" style="fill: var(--paper)"/>`,
    nested(memory, 0),
    nested(time, height),
    ...strategies.map(legend),
    "</svg>\n",
  ].join("\n");
}

const nested = (chart: string, y: number): string =>
  chart.replace("<svg ", `<svg y="${y}" width="${width}" height="${height}" `);

function legend({ estimator, optimizer, look }: Strategy, i: number): string {
  const [x, y] = [30 + 205 * (i % 3), 2 * height + 22 + 24 * Math.floor(i / 3)];
  return (
    `<line class="line ${look}" x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}"/>` +
    `<text x="${x + 28}" y="${y + 4}">${estimator}, ${optimizer}</text>`
  );
}
