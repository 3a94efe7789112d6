import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { main as lectern } from "../trainer/src/cli/main.ts";
import { standalonePicture, lineChart, type Line } from "../trainer/src/report/svg/index.ts";
import { readMetrics, type MetaStepMetrics, type Validated } from "../trainer/src/train/index.ts";

/**
 * Meta-training at an edge of stability, with and without safeguards: MNIST, MLP 784-128-10, plain SGD at rate
 * 1.6, where |dω_t| grows by many orders of magnitude on its way back. Every step can be killed and goes on where it
 * was. Result and plots go to experiments/edge-of-stability.
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
  "--task mnist --student mlp --subset 5000 --dev-examples 2000 --validation-examples 2000 --steps 200 --learning-rate 1.6 --schedule constant --start cross-entropy --keys 4 --meta-steps 16 --meta-rate 0.1 --meta-schedule constant --students 2 --validate-every 8 --validation-students 4 --seed 1 --backend wasm";
const machine = [
  ...(values["data-dir"] === undefined ? [] : ["--data-dir", values["data-dir"]]),
  ...(values.workers === undefined ? [] : ["--workers", values.workers]),
];
const arms = [
  { name: "guarded", label: "all safeguards (defaults)", look: "c0 strong", colour: "blue", flags: "" },
  {
    name: "clipped",
    label: "clipping and trust region, nobody given up",
    look: "c3",
    colour: "green",
    flags: "--explosion 1e30",
  },
  {
    name: "bare",
    label: "none",
    look: "c5",
    colour: "red",
    flags: "--explosion 1e30 --clip 1e30 --clip-factor 1e30 --trust-region 1e30 --averaging 0",
  },
  {
    name: "robust",
    label: "all, from a robust loss, with label noise",
    look: "c2",
    colour: "ochre",
    flags: "--start robust --label-noise 0.4 --meta-steps 8 --meta-rate 0.02",
  },
];

const isStep = (line: object): line is MetaStepMetrics => "students" in line;
const isValidated = (line: object): line is Validated => "candidate" in line;
interface ArmResult {
  readonly name: string;
  readonly label: string;
  readonly look: string;
  readonly colour: string;
  readonly command: string;
  readonly validation: readonly Validated[];
  readonly steps: readonly MetaStepMetrics[];
}
const results: ArmResult[] = [];
for (const arm of arms) {
  const run = join(home, arm.name);
  const words = ["train", "--run", run];
  const settings = `${setting} ${arm.flags}`.trim().split(" ");
  const code = await lectern([
    ...words,
    ...(existsSync(join(run, "config.json")) ? ["--resume"] : settings),
    ...machine,
  ]);
  if (code !== 0) process.exit(code);
  const metrics: object[] = await readMetrics(run);
  results.push({
    ...arm,
    command: `npx lectern train --run RUN ${settings.join(" ")}`,
    validation: metrics.filter(isValidated),
    steps: metrics.filter(isStep),
  });
}

const folder = join(top, "experiments/edge-of-stability");
await mkdir(folder, { recursive: true });
const file = (name: string) => join(folder, name);
await writeFile(
  file("result.json"),
  `${JSON.stringify(
    {
      task: "MNIST, 5,000 examples drawn anew for each student (robust: 40 % label noise, others clean); MLP 784-128-10; SGD, constant rate 1.6, batch 64, T = 200",
      arms: results.map(({ name, command, validation, steps }) => ({ name, command, validation, steps })),
    },
    undefined,
    1,
  )}\n`,
);
const draw = async (
  name: string,
  title: string,
  points: (arm: ArmResult) => Line["points"],
  y: "linear" | "log",
) => {
  const lines = results.map((arm) => ({ name: arm.label, look: arm.look, dots: true, points: points(arm) }));
  const description = results.map((arm) => `${arm.colour}: ${arm.label}`).join(", ");
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
const lowest = (list: readonly Validated[]) => Math.min(...list.map(({ error }) => error));
for (const { label, validation, steps } of results)
  process.stdout.write(
    `${label}: validation error ${(100 * validation[0]!.error).toFixed(1)} % at the start, ${(100 * lowest(validation)).toFixed(1)} % at best, ` +
      `${(100 * validation.findLast(({ candidate }) => candidate === "theta")!.error).toFixed(1)} % at the end; ` +
      `largest |dω_t| ${Math.max(...steps.map(({ largestCotangent }) => largestCotangent ?? Infinity)).toPrecision(2)}\n`,
  );
