import { existsSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { main as lectern } from "../trainer/src/cli/main.ts";

/**
 * The claim that Lectern makes on real data, from one command: on MNIST with 5,000 examples and 40 % uniform label
 * noise, a teacher against tuned fixed losses and a gain-only teacher, by docs/evaluation.md. Every step can be killed
 * and goes on where it was. Results and the plot are copied to experiments/mnist-noise.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "runs/mnist-noise" },
    fresh: { type: "boolean", default: false },
  },
});
const home = join(top, values.out);
const dataDir = values["data-dir"] === undefined ? [] : ["--data-dir", values["data-dir"]];
if (values.fresh) await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });

const setting =
  "--task mnist --student mlp --subset 5000 --label-noise 0.4 --steps 500 --batch-size 64 --seed 1".split(
    " ",
  );
const run = (name: string): string => join(home, name);
const begun = performance.now();

async function step(...args: string[]): Promise<void> {
  process.stderr.write(`\n$ npx lectern ${args.join(" ").replaceAll(top, "")}\n`);
  const code = await lectern([...args, ...dataDir]);
  process.stderr.write(`  ${((performance.now() - begun) / 60_000).toFixed(1)} minutes so far\n`);
  if (code !== 0) process.exit(code);
}

/** Starts a run, or goes on with it where an earlier call was stopped. */
async function train(name: string, ...flags: string[]): Promise<void> {
  const resume = existsSync(join(run(name), "config.json"));
  await step("train", "--run", run(name), ...(resume ? ["--resume"] : [...setting, ...flags]));
}

const meta = ["--keys", "5", "--clip-factor", "1.5"];
await train("teacher", "--family", "mixed", ...meta, "--learning-rate", "1", "--meta-steps", "60");
const gain = ["--family", "gain", "--start", "cross-entropy", "--learning-rate", "0.85"];
await train("gain-only", ...gain, ...meta, "--meta-steps", "70");
const rivals = ["cross-entropy", "label-smoothing", "focal", "large-margin", "generalised-cross-entropy"];
await step(
  "evaluate",
  run("teacher"),
  "--against",
  run("gain-only"),
  "--extra-data",
  ...rivals,
  "--seeds",
  "10",
);

const published = join(top, "experiments/mnist-noise");
await mkdir(published, { recursive: true });
for (const file of ["evaluation.json", "evaluation.md", "evaluation.html"])
  await copyFile(join(run("teacher"), "evaluation", file), join(published, file));
process.stderr.write(
  `Copied to experiments/mnist-noise. Took ${((performance.now() - begun) / 60_000).toFixed(1)} minutes.\n`,
);
