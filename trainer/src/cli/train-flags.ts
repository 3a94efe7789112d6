import { Option, type Command } from "commander";
import { featureSet, schedule, type FeatureSet, type Schedule } from "@lectern/shared/schema";
import { estimatorForms } from "../hypergradient/index.ts";
import { familyNames } from "../family/index.ts";
import { shownStudents } from "../student/index.ts";
import { taskNames } from "../task/index.ts";
import { defaultMeasurement, defaultMeta, defaultRecipe, starts } from "../train/index.ts";
import { belowOne, count, fraction, nonNegative, positive, wholeNumber } from "./flags.ts";
import { addOptimizerFlags, type OptimizerFlags } from "./optimizer-flags.ts";

/** What determines a run's bits, as flags. */
export interface TrainFlags extends OptimizerFlags {
  task: string;
  student: string;
  hidden?: number;
  subset?: number;
  labelNoise?: number;
  imbalance?: number;
  confusion?: number;
  conditions?: string[];
  devExamples?: number;
  validationExamples?: number;
  testExamples?: number;
  augment?: string;
  also?: string[];
  steps: number;
  batchSize: number;
  schedule: Schedule;
  family: string;
  architecture: "attention" | "gate" | "memory";
  keys: number;
  memoryUnits: number;
  features: FeatureSet;
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
  dataDir?: string;
  download: boolean;
}

/** All that determines a run's bits: the flags of `lectern train`, and of an experiment's file. */
export const addTrainFlags = (command: Command): Command =>
  addOptimizerFlags(
    command
      .optionsGroup("Task:")
      .option(
        "--task <name>",
        `${taskNames.join(", ")}, or the path of a module (./my-task.ts), a table (./rows.csv) or its description (./rows.table.json)`,
        "glyphs",
      )
      .option("--subset <n>", "examples of a student's local training set", count)
      .option("--label-noise <p>", "share of training labels drawn anew", fraction)
      .option("--imbalance <ratio>", "most frequent class over least frequent", positive)
      .option("--confusion <p>", "share of training labels turned into the next class's", fraction)
      .option(
        "--conditions <kinds...>",
        'kinds of students, each "subset=60..400,label-noise=0..0.5,…" (docs/tasks.md)',
      )
      .option(
        "--also <tasks...>",
        "further tasks that students learn in turn, under one teacher: mnist,subset=2000,label-noise=0.4",
      )
      .option("--augment <kinds>", "change pictures as students see them: crop (padded by 4), crop:N, flip")
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
    .addOption(choice("--schedule <kind>", "of the student's rate", schedule.options, "cosine"))
    .optionsGroup("Teacher:")
    .option("--family <name>", `loss family: ${familyNames.join(", ")}, or the path of a module`, "mixed")
    .addOption(
      choice(
        "--architecture <kind>",
        "attention over keys (the paper), gate (its demo), or attention with a memory of the states before",
        ["attention", "gate", "memory"],
        "attention",
      ),
    )
    .option("--keys <n>", "keys that the state attends over", count, 4)
    .option("--memory-units <n>", "units of the memory's LSTM", count, 8)
    .addOption(choice("--features <set>", "what the teacher sees", featureSet.options, "full"))
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
    .option(
      "--metric <name>",
      "M: soft-error, dev-cross-entropy, or that of another measure, such as soft-macro-f1 (docs/training.md)",
      "soft-error",
    )
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
    .option("--seed <n>", "of everything", wholeNumber, 1);

export function choice(flag: string, text: string, choices: readonly string[], value: string): Option {
  return new Option(flag, text).choices(choices).default(value);
}
