import { Command } from "commander";
import { LecternError } from "@lectern/shared/errors";
import type { BackendName } from "../backend/index.ts";
import { writeTrainingReport } from "../report/index.ts";
import { isModulePath, shortName } from "../task/index.ts";
import {
  describeProbe,
  probeRun,
  readConfig,
  tableOfProbe,
  trainToFolder,
  type MetaStepMetrics,
  type TrainConfig,
} from "../train/index.ts";
import { backendOf, backendOption } from "./backend-flag.ts";
import { count, defaultWorkers } from "./flags.ts";
import { interruptSignal } from "./interrupt.ts";
import { startProgress, type Progress } from "./progress.ts";
import { configOf } from "./train-config.ts";
import { addTrainFlags, type TrainFlags } from "./train-flags.ts";

interface Flags extends TrainFlags {
  run: string;
  probe?: boolean;
  resume: boolean;
  backend: BackendName | "auto";
  diagnose?: boolean;
  workers: number;
  quiet: boolean;
}

export const trainCommand = (): Command =>
  addTrainFlags(
    new Command("train")
      .description("Meta-train a teacher by differentiating through the training of many students.")
      .option("--run <folder>", "where the run lives: config, metrics, checkpoints")
      .option("--resume", "go on with the run in that folder where its last checkpoint left it", false)
      .option(
        "--probe",
        "only look how smooth the start is: how hypergradients vary along their own direction",
      ),
  )
    .optionsGroup("Machine:")
    .addOption(backendOption("auto"))
    .option("--diagnose", "teach lost students again and name the first operation that gave NaN or infinity")
    .option("--workers <n>", "threads; they change the time, never the bits", count, defaultWorkers())
    .option("--quiet", "no progress", false)
    .action(async (flags: Flags, command: Command) => {
      const settings = command.options.filter(
        (o) =>
          command.getOptionValueSource(o.attributeName()) === "cli" && !machineFlags.has(o.attributeName()),
      );
      if (isModulePath(flags.family) && command.getOptionValueSource("start") === "cli")
        command.error(
          "error: --start is for built-in families; a family of your own says in its start where it starts",
        );
      if (flags.probe) {
        const backend = await backendOf(flags.backend);
        return probe(configOf(flags, backend.name), flags);
      }
      if (!flags.run) command.error("error: required option '--run <folder>' not specified");
      // Resuming needs no settings; any that are given must be the run's own.
      if (flags.resume && settings.length === 0) return train(flags);
      const resumed = flags.resume && !settings.some((o) => o.attributeName() === "backend");
      const backend = await backendOf(resumed ? (await readConfig(flags.run)).backend : flags.backend);
      await train(flags, configOf(flags, backend.name), backend.words);
    });

const machineFlags = new Set([
  "run",
  "resume",
  "probe",
  "diagnose",
  "workers",
  "dataDir",
  "download",
  "quiet",
]);

async function probe(config: TrainConfig, flags: Flags): Promise<void> {
  const found = await probeRun(config, flags);
  process.stdout.write(`${tableOfProbe(found)}\n${describeProbe(found)}\n`);
}

async function train(flags: Flags, config?: TrainConfig, backend?: string): Promise<void> {
  let progress: Progress | undefined;
  const { signal, release } = interruptSignal(() =>
    progress?.log("Stopping after this meta-step; press Ctrl-C again to stop at once (nothing is lost)."),
  );
  try {
    const end = await trainToFolder({
      run: flags.run,
      ...(config && { config }),
      resume: flags.resume,
      workers: flags.workers,
      dataDir: flags.dataDir,
      download: flags.download,
      signal,
      diagnose: flags.diagnose,
      onDiagnosed: (words) => progress?.log(`  ${words}`),
      onStart({ config: { meta, task, student, recipe }, from, memory }) {
        progress = startProgress({ unit: "meta-steps", total: meta.steps, from, quiet: flags.quiet });
        progress.log(
          `${shortName(task.name)}: ${shortName(student.name)}, ${task.subset} examples, label noise ${task.labelNoise}, T = ${recipe.steps}; ` +
            `${meta.students} students a meta-step${from > 0 ? `; resumed after ${from}` : ""}`,
        );
        progress.log(memory);
        if (backend) progress.log(backend);
      },
      onProbe: (probe) => progress?.log(`  ${describeProbe(probe)}`),
      onMetaStep(metrics, { metaSteps }) {
        for (const [i, step] of metrics.lostAt.entries())
          if (step !== null) progress?.log(`  student ${i + 1}: ${wordsOf(metrics.students[i]!, step)}`);
        progress?.update(metaSteps, noteOf(metrics));
      },
      onValidated: ({ metaStep, candidate, error }, best) =>
        progress?.log(
          `  validation after ${metaStep}: error ${percent(error)} (${candidate})${best ? " · best so far" : ""}`,
        ),
    });
    progress?.stop();
    if (signal.aborted)
      throw new LecternError(
        "aborted",
        `Stopped after ${end.metaStep} of ${end.config.meta.steps} meta-steps.`,
        `Go on with: lectern train --run ${flags.run} --resume`,
      );
    const { task, student } = end.config;
    await writeTrainingReport(flags.run, `${shortName(task.name)}, ${shortName(student.name)}`);
    process.stdout.write(
      `${flags.run}: ${end.metaStep} meta-steps, ${end.skipped} students skipped; released θ from meta-step ` +
        `${end.best!.metaStep} (${end.best!.candidate}), validation error ${percent(end.best!.error)}\n`,
    );
  } finally {
    progress?.stop();
    release();
  }
}

/** What became of a student whose dω wasn't finite from this step of its lesson back. */
const wordsOf = (status: string, step: number): string =>
  `dω wasn't finite at step t = ${step} on its way back; ` +
  (status === "cut" ? "the steps after it count" : "its hypergradient is lost");

/** M beside the error that it stands for, and how large |dω_t| grew. */
function noteOf(m: MetaStepMetrics): string {
  const figures =
    m.metric === null
      ? "no usable hypergradient"
      : `M ${m.metric.toFixed(4)} · dev error ${percent(m.devError!)}`;
  return `${figures} · max |dω| ${m.largestCotangent === null ? "∞" : m.largestCotangent.toPrecision(3)} · skipped ${m.skipped}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
