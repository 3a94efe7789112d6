import { Command, Option } from "commander";
import { LecternError } from "@lectern/shared/errors";
import type { BackendName } from "../backend/index.ts";
import { estimatorForms, estimatorOf, metricOf } from "../hypergradient/index.ts";
import { expectFamilyName, familyNames } from "../family/index.ts";
import { writeTrainingReport } from "../report/index.ts";
import { shownStudents } from "../student/index.ts";
import { absoluteModule, isModulePath, resolveTaskSpec, shortName } from "../task/index.ts";
import {
  defaultMeasurement,
  defaultMeta,
  defaultRecipe,
  describeProbe,
  probeRun,
  readConfig,
  starts,
  tableOfProbe,
  trainToFolder,
  type MetaStepMetrics,
  type TrainConfig,
} from "../train/index.ts";
import { backendOf, backendOption } from "./backend-flag.ts";
import { belowOne, count, defaultWorkers, fraction, nonNegative, positive, wholeNumber } from "./flags.ts";
import { interruptSignal } from "./interrupt.ts";
import { addOptimizerFlags, optimizerOf, type OptimizerFlags } from "./optimizer-flags.ts";
import { startProgress, type Progress } from "./progress.ts";

interface Flags extends OptimizerFlags {
  task: string;
  student: string;
  run: string;
  probe?: boolean;
  resume: boolean;
  hidden?: number;
  subset?: number;
  labelNoise?: number;
  imbalance?: number;
  devExamples?: number;
  validationExamples?: number;
  testExamples?: number;
  steps: number;
  batchSize: number;
  schedule: "constant" | "cosine";
  family: string;
  architecture: "attention" | "gate";
  keys: number;
  features: "full" | "pooled" | "no-dev";
  measureEvery: number;
  measureDev: number;
  measureBatches: number;
  start: string;
  metric: string;
  estimator: string;
  metaSteps: number;
  students: number;
  metaOptimizer: "adam" | "sgd";
  metaRate: number;
  elementRate: number;
  metaSchedule: "constant" | "cosine";
  clip: number;
  clipFactor: number;
  trustRegion: number;
  edge: number;
  setback: number;
  explosion?: number;
  averaging: number;
  train: string[];
  validateEvery: number;
  validationStudents: number;
  seed: number;
  backend: BackendName | "auto";
  diagnose?: boolean;
  workers: number;
  dataDir?: string;
  download: boolean;
  quiet: boolean;
}

export const trainCommand = (): Command =>
  addOptimizerFlags(
    new Command("train")
      .description("Meta-train a teacher by differentiating through the training of many students.")
      .option("--run <folder>", "where the run lives: config, metrics, checkpoints")
      .option("--resume", "go on with the run in that folder where its last checkpoint left it", false)
      .option(
        "--probe",
        "only look how smooth the start is: how hypergradients vary along their own direction",
      )
      .optionsGroup("Task:")
      .option("--task <name>", "glyphs, mnist, cifar10, or the path of a module (./my-task.ts)", "glyphs")
      .option("--subset <n>", "examples of a student's local training set", count)
      .option("--label-noise <p>", "share of training labels drawn anew", fraction)
      .option("--imbalance <ratio>", "most frequent class over least frequent", positive)
      .option("--dev-examples <n>", "clean examples that M is measured on", count)
      .option("--validation-examples <n>", "clean examples that θ is chosen on", count)
      .option("--test-examples <n>", "examples that evaluation tests on", count)
      .option("--data-dir <folder>", "folder with the data sets (or set LECTERN_DATA)")
      .option("--download", "fetch missing data from its canonical address, checksums verified", false)
      .optionsGroup("Student and its training:")
      .option("--student <name>", `${shownStudents.join(", ")}, or the path of a module`, "mlp")
      .option("--hidden <n>", "hidden units of the mlp", count)
      .option("--steps <T>", "horizon: student steps in a lesson", count, defaultRecipe.steps)
      .option("--batch-size <n>", "examples a step", count, defaultRecipe.batchSize),
  )
    .addOption(choice("--schedule <kind>", "of the student's rate", ["cosine", "constant"], "cosine"))
    .optionsGroup("Teacher:")
    .option("--family <name>", `loss family: ${familyNames.join(", ")}, or the path of a module`, "mixed")
    .addOption(
      choice(
        "--architecture <kind>",
        "attention over keys (the paper) or gate (its demo)",
        ["attention", "gate"],
        "attention",
      ),
    )
    .option("--keys <n>", "keys that the state attends over", count, 4)
    .addOption(choice("--features <set>", "what the teacher sees", ["full", "pooled", "no-dev"], "full"))
    .option(
      "--measure-every <steps>",
      "measure the student and emit a loss every so many steps",
      count,
      defaultMeasurement.everySteps,
    )
    .option("--measure-dev <n>", "dev examples looked at", count, defaultMeasurement.devExamples)
    .option("--measure-batches <n>", "training batches looked at", count, defaultMeasurement.trainBatches)
    .addOption(
      choice("--start <loss>", "fixed loss that a built-in family starts at", Object.keys(starts), "robust"),
    )
    .option("--train <blocks...>", "blocks of θ to train although frozen by default (U)", [])
    .optionsGroup("Meta-training:")
    .option("--metric <name>", "M: soft-error, soft-error:K or dev-cross-entropy", "soft-error")
    .option("--estimator <name>", `how dM/dθ is computed: ${estimatorForms.join(", ")}`, "store")
    .option("--meta-steps <n>", "updates of θ", count, defaultMeta.steps)
    .option("--students <n>", "students averaged in a meta-step", count, defaultMeta.students)
    .addOption(choice("--meta-optimizer <kind>", "on θ", ["adam", "sgd"], defaultMeta.optimizer))
    .option("--meta-rate <η>", "rate on θ", positive, defaultMeta.learningRate)
    .option(
      "--element-rate <share>",
      "of Adam's rate, for single numbers of matrices",
      nonNegative,
      defaultMeta.elementRate,
    )
    .addOption(
      choice("--meta-schedule <kind>", "of the rate on θ", ["cosine", "constant"], defaultMeta.schedule),
    )
    .option("--clip <norm>", "largest |dθ| of a student", positive, defaultMeta.clip)
    .option(
      "--clip-factor <c>",
      "… and at most c times the median of the last students'",
      positive,
      defaultMeta.clipFactor,
    )
    .option(
      "--trust-region <Δ>",
      "largest relative change of φ that a meta-step makes",
      positive,
      defaultMeta.trustRegion,
    )
    .option(
      "--edge <c>",
      "a student whose |dω_t| grows by more than c counts as past the edge of stability",
      positive,
      defaultMeta.edge,
    )
    .option(
      "--setback <c>",
      "go back to where the dev error was least once every student's exceeds c times that and 5 %",
      positive,
      defaultMeta.setback,
    )
    .option(
      "--explosion <c>",
      "give up a student once |dω_t| exceeds c times |dω_T| (default: never)",
      positive,
    )
    .option("--averaging <δ>", "of θ over meta-steps; 0 switches it off", belowOne, defaultMeta.averaging)
    .option("--validate-every <n>", "meta-steps between validations", count, defaultMeta.validateEvery)
    .option("--validation-students <n>", "students a validation", count, defaultMeta.validationStudents)
    .option("--seed <n>", "of everything", wholeNumber, 1)
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

function choice(flag: string, text: string, choices: readonly string[], value: string): Option {
  return new Option(flag, text).choices(choices).default(value);
}

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

function configOf(f: Flags, backend: BackendName): TrainConfig {
  metricOf(f.metric);
  estimatorOf(f.estimator);
  expectFamilyName(f.family);
  const trained = f.train.find((block) => !defaultMeta.frozen.includes(block));
  if (trained !== undefined)
    throw new LecternError(
      "invalid-argument",
      `--train ${trained}: no block of that name is frozen, only ${defaultMeta.frozen.join(", ")}.`,
      "Leave it out: every other block is trained anyway.",
    );
  return {
    task: resolveTaskSpec({
      name: absoluteModule(f.task),
      subset: f.subset,
      labelNoise: f.labelNoise,
      imbalance: f.imbalance,
      devExamples: f.devExamples,
      validationExamples: f.validationExamples,
      testExamples: f.testExamples,
    }),
    student: { name: absoluteModule(f.student), options: f.hidden === undefined ? {} : { hidden: f.hidden } },
    teacher: {
      family: absoluteModule(f.family),
      architecture: f.architecture === "gate" ? { kind: "gate" } : { kind: "attention", keys: f.keys },
      featureSet: f.features,
      measurement: {
        everySteps: f.measureEvery,
        devExamples: f.features === "no-dev" ? 0 : f.measureDev,
        trainBatches: f.measureBatches,
      },
      start: starts[f.start]!,
    },
    recipe: { optimizer: optimizerOf(f), schedule: f.schedule, batchSize: f.batchSize, steps: f.steps },
    metric: f.metric,
    meta: {
      steps: f.metaSteps,
      students: f.students,
      optimizer: f.metaOptimizer,
      learningRate: f.metaRate,
      elementRate: f.elementRate,
      schedule: f.metaSchedule,
      clip: f.clip,
      clipFactor: f.clipFactor,
      trustRegion: f.trustRegion,
      // A block of one's own that is called U is nobody's smoothing.
      frozen: isModulePath(f.family) ? [] : defaultMeta.frozen.filter((block) => !f.train.includes(block)),
      averaging: f.averaging,
      validateEvery: f.validateEvery,
      validationStudents: f.validationStudents,
      edge: f.edge,
      setback: f.setback,
      explosion: f.explosion ?? null,
    },
    estimator: f.estimator,
    backend,
    seed: f.seed,
  };
}
