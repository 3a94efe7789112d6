import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { main as lectern } from "../trainer/src/cli/main.ts";
import { standalonePicture, lineChart, type Line } from "../trainer/src/report/svg/index.ts";
import { readMetrics, type MetaStepMetrics, type Validated } from "../trainer/src/train/index.ts";

/**
 * Meta-training past the edge of stability, with and without safeguards, over paired seeds: MNIST, MLP 784-128-10, plain
 * SGD at a constant rate of 1.6, where |dω_t| grows by many orders of magnitude on its way back. Every step can be killed
 * and goes on where it was. Result and plots go to experiments/edge-of-stability.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "runs/edge-of-stability" },
    workers: { type: "string" },
    fresh: { type: "boolean", default: false },
  },
});
const home = join(top, values.out);
if (values.fresh) await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });

const setting =
  "--task mnist --student mlp --subset 5000 --dev-examples 2000 --validation-examples 2000 --steps 200 --learning-rate 1.6 --schedule constant --start cross-entropy --keys 4 --meta-steps 24 --meta-rate 0.1 --meta-schedule constant --students 2 --validate-every 8 --validation-students 4 --backend wasm";
const machine = [
  ...(values["data-dir"] === undefined ? [] : ["--data-dir", values["data-dir"]]),
  ...(values.workers === undefined ? [] : ["--workers", values.workers]),
];
const arms = [
  { name: "guarded", label: "the defaults", look: "c0", colour: "blue", seeds: [1, 2, 3], flags: "" },
  {
    name: "bare",
    label: "no safeguards",
    look: "c5",
    colour: "red",
    seeds: [1, 2, 3],
    flags: "--clip 1e30 --clip-factor 1e30 --trust-region 1e30 --edge 1e300 --setback 1e30 --averaging 0",
  },
  {
    name: "robust",
    label: "the defaults from a robust loss, with label noise",
    look: "c2",
    colour: "ochre",
    seeds: [1],
    flags: "--start robust --label-noise 0.4 --meta-steps 8 --meta-rate 0.02",
  },
];

const isStep = (line: object): line is MetaStepMetrics => "students" in line;
const isValidated = (line: object): line is Validated => "candidate" in line;
interface RunResult {
  readonly name: string;
  readonly label: string;
  readonly look: string;
  readonly colour: string;
  readonly seed: number;
  readonly command: string;
  readonly validation: readonly Validated[];
  readonly steps: readonly MetaStepMetrics[];
}
const results: RunResult[] = [];
for (const { seeds, flags, ...arm } of arms)
  for (const seed of seeds) {
    const run = join(home, `${arm.name}-${seed}`);
    const settings = `${setting} --seed ${seed} ${flags}`.trim().split(" ");
    const code = await lectern([
      "train",
      "--run",
      run,
      ...(existsSync(join(run, "config.json")) ? ["--resume"] : settings),
      ...machine,
    ]);
    if (code !== 0) process.exit(code);
    const metrics: object[] = await readMetrics(run);
    results.push({
      ...arm,
      seed,
      command: `npx lectern train --run RUN ${settings.join(" ")}`,
      validation: metrics.filter(isValidated),
      steps: metrics.filter(isStep),
    });
  }

const folder = join(top, "experiments/edge-of-stability");
await mkdir(folder, { recursive: true });
const file = (name: string) => join(folder, name);
/** What the file keeps of a meta-step: |dω_t| over t is in the run's own metrics. */
const kept = (step: MetaStepMetrics) => {
  const { cotangents: _, ...rest } = step;
  return rest;
};
await writeFile(
  file("result.json"),
  `${JSON.stringify(
    {
      task: "MNIST, 5,000 examples drawn anew for each student (robust: 40 % label noise, others clean); MLP 784-128-10; SGD, constant rate 1.6, batch 64, T = 200",
      runs: results.map(({ name, seed, command, validation, steps }) => ({
        name,
        seed,
        command,
        validation,
        steps: steps.map(kept),
      })),
    },
    undefined,
    1,
  )}\n`,
);
const draw = async (
  name: string,
  title: string,
  points: (run: RunResult) => Line["points"],
  y: "linear" | "log",
) => {
  const lines = results.map((run) => ({
    name: `${run.label}, seed ${run.seed}`,
    look: run.look,
    dots: true,
    points: points(run),
  }));
  const description = arms.map((arm) => `${arm.colour}: ${arm.label}`).join(", ");
  const chart = lineChart(lines, {
    title: `${title} over meta-steps`,
    description,
    xName: "meta-step",
    yName: title,
    y,
    width: 760,
  });
  await writeFile(file(name), standalonePicture(chart));
};
await draw(
  "cotangents.svg",
  "largest |dω_t|",
  ({ steps }) =>
    steps.flatMap(({ metaStep, largestCotangent }) =>
      largestCotangent === null ? [] : [[metaStep, largestCotangent] as const],
    ),
  "log",
);
await draw(
  "validation.svg",
  "validation error of θ, %",
  ({ validation }) =>
    validation
      .filter(({ candidate }) => candidate === "theta")
      .map(({ metaStep, error }) => [metaStep, 100 * error] as const),
  "linear",
);
const percent = (error: number) => `${(100 * error).toFixed(1)} %`;
const lowest = (list: readonly Validated[]) => Math.min(...list.map(({ error }) => error));
for (const { label, seed, validation, steps } of results)
  process.stdout.write(
    `${label}, seed ${seed}: validation error ${percent(validation[0]!.error)} at the start, ${percent(lowest(validation))} at best, ` +
      `${percent(validation.findLast(({ candidate }) => candidate === "theta")!.error)} at the end; ` +
      `${steps.filter(({ setback }) => setback).length} setbacks, ${steps.at(-1)!.skipped} students skipped; ` +
      `largest |dω_t| ${Math.max(...steps.map(({ largestCotangent }) => largestCotangent ?? Infinity)).toPrecision(2)}\n`,
  );
const { user } = process.cpuUsage();
process.stderr.write(`${Math.round(user / 1e6)} s of processor time\n`);
