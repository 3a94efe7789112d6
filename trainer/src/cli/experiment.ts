import { dirname, join, parse, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { LecternError } from "@lectern/shared/errors";
import type { BackendName } from "../backend/index.ts";
import {
  planExperiment,
  readDeclaration,
  runExperiment,
  type Declaration,
  type ExperimentResult,
  type Flags,
  type Plan,
} from "../experiment/index.ts";
import { toExperimentText, writeExperimentReport, writeReport } from "../report/index.ts";
import type { TrainConfig } from "../train/index.ts";
import { count, defaultWorkers, positive } from "./flags.ts";
import { interruptSignal } from "./interrupt.ts";
import { startProgress, type Progress } from "./progress.ts";
import { configOf } from "./train-config.ts";
import { addTrainFlags, type TrainFlags } from "./train-flags.ts";

interface CommandFlags {
  out?: string;
  budget?: number;
  workers: number;
  dataDir?: string;
  download: boolean;
  plan: boolean;
  json: boolean;
  quiet: boolean;
}

export const experimentCommand = (): Command =>
  new Command("experiment")
    .description(
      "Run a declared grid of tasks × students × losses and teachers × seeds, and report on it (docs/experiments.md).",
    )
    .argument("<file>", "the experiment's .json file")
    .option("--out <folder>", "where it lives, and is gone on with (default: runs/NAME-OF-FILE)")
    .option("--budget <minutes>", "stop in order after so many minutes (default: the file's)", positive)
    .option("--data-dir <folder>", "folder with the data sets (or set LECTERN_DATA)")
    .option("--download", "fetch missing data from its canonical address, checksums verified", false)
    .option("--workers <n>", "threads; they change the time, never the bits", count, defaultWorkers())
    .option("--plan", "only say what would be done", false)
    .option("--json", "print the results as JSON instead of a table", false)
    .option("--quiet", "no progress", false)
    .action(async (file: string, flags: CommandFlags) => {
      const declaration = await readDeclaration(file);
      const plan = planExperiment(declaration, { base: dirname(resolve(file)), configOf: configOfFlags });
      if (flags.plan) return void process.stdout.write(describePlan(declaration, plan));
      const out = flags.out ?? join("runs", parse(file).name);
      const result = await run(declaration, plan, out, flags);
      process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : toExperimentText(result));
      process.stderr.write(`Written to ${out}: report.json, report.md, report.html\n`);
      const failed = result.cells.filter(({ status }) => status === "failed").length;
      if (failed > 0)
        throw new LecternError(
          "invalid-data",
          `${failed} of ${result.cells.length} cells failed.`,
          "Their problems stand in the report.",
        );
    });

async function run(
  declaration: Declaration,
  plan: Plan,
  out: string,
  { budget, workers, dataDir, download, quiet }: CommandFlags,
): Promise<ExperimentResult> {
  let progress: Progress | undefined;
  const { signal, release } = interruptSignal(() =>
    progress?.log("Stopping after what runs now; press Ctrl-C again to stop at once (nothing is lost)."),
  );
  try {
    const result = await runExperiment(declaration, plan, {
      out,
      workers,
      dataDir,
      download,
      signal,
      budgetMinutes: budget ?? declaration.budgetMinutes,
      onProgress({ done, expected, note }) {
        if (!progress) {
          progress = startProgress({ unit: "steps of students", total: expected, quiet });
          progress.log(
            `${declaration.title}: ${plan.runs.length} meta-trainings, ${plan.cells.length} cells, in ${out}`,
          );
        }
        progress.update(done, note, expected);
      },
      async onEvaluated(folder, evaluation) {
        await writeReport(join(out, folder), evaluation);
      },
      async onCell(soFar, { task, student, status, problem }) {
        await writeExperimentReport(out, soFar);
        progress?.log(`  ${task}, ${student}: ${status}${problem ? `: ${problem}` : ""}`);
      },
    });
    progress?.stop();
    await writeExperimentReport(out, result);
    if (signal.aborted)
      throw new LecternError(
        "aborted",
        `Stopped with ${result.cells.filter(({ status }) => status === "done").length} of ${result.cells.length} cells done.`,
        "The same command goes on.",
      );
    return result;
  } finally {
    progress?.stop();
    release();
  }
}

/** Flags of `lectern train` from a file, with its parsers, defaults and refusals. */
export function configOfFlags(flags: Flags, backend: BackendName): TrainConfig {
  const command = addTrainFlags(new Command("train"))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  const known = new Set(command.options.map(({ long }) => long));
  for (const name of Object.keys(flags))
    if (!known.has(`--${name}`) || machineFlags.has(name))
      throw new LecternError(
        "invalid-argument",
        `${name} is no flag of lectern train that a file can have.`,
        "lectern train --help lists them.",
      );
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`].concat(words(value)));
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const problem = error.message.replace(/^error: /, "");
    throw new LecternError("invalid-argument", problem, "lectern train --help tells what is expected.", {
      cause: error,
    });
  }
  return configOf(command.opts<TrainFlags>(), backend);
}

const words = (value: Flags[string]): string[] =>
  typeof value === "object" ? value.map(String) : [String(value)];

const machineFlags = new Set(["data-dir", "download"]);

function describePlan({ title, protocol, losses, extraData }: Declaration, { cells, runs }: Plan): string {
  const trainings = cells.reduce((sum, { teachers }) => {
    const contenders = teachers.length + losses.length + extraData.length;
    return sum + contenders * (protocol.cells * protocol.tuningSeeds + protocol.pairedSeeds);
  }, 0);
  return [
    `${title}: ${runs.length} meta-trainings, ${cells.length} cells, at least ${trainings} trainings`,
    ...runs.map(
      ({ teacher, task, student, seed, config: { meta } }) =>
        `  meta-train ${teacher} on ${task}, ${student}, seed ${seed}: ${meta.steps} meta-steps × ${meta.students} students`,
    ),
    ...cells.map(
      ({ task, student, teachers }) =>
        `  evaluate ${task}, ${student}: ${teachers.map(({ name }) => name).join(", ")}`,
    ),
    "",
  ].join("\n");
}
