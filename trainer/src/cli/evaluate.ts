import { measuredBy } from "../hypergradient/index.ts";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { LecternError } from "@lectern/shared/errors";
import type { FixedLossName } from "@lectern/shared/teacher";
import {
  evaluate,
  openEvaluationExecutor,
  openJournal,
  rivalNames,
  type EvaluationResult,
  type NamedTeacher,
} from "../evaluate/index.ts";
import { loadFamily } from "../family/index.ts";
import { toTextTable, writeReport } from "../report/index.ts";
import { writeAtomically } from "../storage/index.ts";
import { createTask, isModulePath, loadTaskData, shortName, type TaskData } from "../task/index.ts";
import {
  identify,
  networkOf,
  readCheckpoint,
  readConfig,
  teacherSpecOf,
  type TrainConfig,
} from "../train/index.ts";
import { count, defaultWorkers, wholeNumber } from "./flags.ts";
import { startProgress, type Progress } from "./progress.ts";

interface Flags {
  out?: string;
  rivals: string[];
  against: string[];
  extraData: string[];
  seeds: number;
  cells: number;
  tuningSeeds: number;
  seed: number;
  dataDir?: string;
  workers: number;
  json: boolean;
  quiet: boolean;
}

export const evaluateCommand = (): Command =>
  new Command("evaluate")
    .description(
      "Compare a run's teacher with tuned fixed losses on paired seeds that no tuning saw (docs/evaluation.md).",
    )
    .argument("<run>", "folder of a run (lectern train)")
    .option("--rivals <names...>", `fixed losses: ${rivalNames.join(", ")}`, [...rivalNames])
    .option(
      "--against <runs...>",
      "other runs of the same task whose teachers take part, such as a gain-only one",
      [],
    )
    .option(
      "--extra-data <names...>",
      "rivals that take part once more with the meta-dev examples as training data",
      [],
    )
    .option("--seeds <n>", "paired seeds", count, 10)
    .option("--cells <n>", "cells of every contender's search, at least", count, 15)
    .option("--tuning-seeds <n>", "trainings a cell", count, 3)
    .option("--seed <n>", "that all of the evaluation's seeds derive from", wholeNumber, 1)
    .option("--out <folder>", "for evaluation.json, .md and .html (default: RUN/evaluation)")
    .option("--data-dir <folder>", "folder with the data sets (or set LECTERN_DATA)")
    .option("--workers <n>", "threads; they change the time, never the bits", count, defaultWorkers())
    .option("--json", "print the results as JSON instead of a table", false)
    .option("--quiet", "no progress", false)
    .action(async (run: string, flags: Flags) => {
      const rivals = checkNames(flags.rivals, "--rivals");
      const extraDataRivals = checkNames(flags.extraData, "--extra-data");
      const config = await readConfig(run);
      const data = await loadTaskData(config.task, { dataDir: flags.dataDir });
      const classes = data.train.classNames.length;
      const teachers = [await teacherOf(run, config, { name: "teacher", label: "teacher", classes })];
      for (const other of flags.against) teachers.push(await rivalTeacher(other, config, classes));
      const out = flags.out ?? join(run, "evaluation");
      await mkdir(out, { recursive: true });
      const result = await evaluateInFolder(out, config, data, {
        ...flags,
        rivals,
        extraDataRivals,
        teachers,
      });
      // Which θ it was: publish takes no evaluation of another one along.
      await writeAtomically(
        join(out, "evaluated.json"),
        `${JSON.stringify(identify(await readCheckpoint(run)))}\n`,
      );
      process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${toTextTable(result)}\n`);
      process.stderr.write(`Written to ${out}: evaluation.json, evaluation.md, evaluation.html\n`);
    });

/** Evaluates, resuming what an earlier call in the same folder finished, and writes results and reports there. */
async function evaluateInFolder(
  out: string,
  config: TrainConfig,
  data: TaskData,
  flags: Flags & { rivals: FixedLossName[]; extraDataRivals: FixedLossName[]; teachers: NamedTeacher[] },
): Promise<EvaluationResult> {
  const setting = {
    task: config.task,
    student: config.student,
    recipe: config.recipe,
    backend: config.backend,
    ...measuredBy(config.metric),
  };
  const families = flags.teachers.map(({ network }) => network.spec.family).filter(isModulePath);
  const executor = await openEvaluationExecutor({ setting, data, families }, flags.workers);
  const journal = openJournal(join(out, "evaluation.jsonl"));
  let bar: { phase: string; progress: Progress } | undefined;
  try {
    const result = await evaluate({
      setting,
      task: createTask(data),
      teachers: flags.teachers,
      rivals: flags.rivals,
      extraDataRivals: flags.extraDataRivals,
      seed: flags.seed,
      cells: flags.cells,
      tuningSeeds: flags.tuningSeeds,
      pairedSeeds: flags.seeds,
      executor,
      journal,
      onProgress({ phase, done, expected }) {
        if (bar?.phase !== phase) {
          bar?.progress.stop();
          bar = {
            phase,
            progress: startProgress({
              unit: `trainings, ${phase}`,
              total: expected,
              from: done - 1,
              quiet: flags.quiet,
            }),
          };
        }
        bar.progress.update(done, undefined, expected);
      },
    });
    await writeReport(out, result);
    return result;
  } finally {
    bar?.progress.stop();
    journal.close();
    await executor.close();
  }
}

function checkNames(names: readonly string[], flag: string): FixedLossName[] {
  const unknown = names.find((name) => !(rivalNames as string[]).includes(name));
  if (unknown === undefined) return names as FixedLossName[];
  throw new LecternError(
    "invalid-argument",
    `${flag}: unknown loss "${unknown}".`,
    `Choose among ${rivalNames.join(", ")}.`,
  );
}

async function teacherOf(
  run: string,
  config: TrainConfig,
  { name, label, classes }: { name: string; label: string; classes: number },
): Promise<NamedTeacher> {
  const { best } = await readCheckpoint(run);
  if (!best)
    throw new LecternError(
      "not-found",
      `${run} has no validated θ yet.`,
      "Let it train to its first validation.",
    );
  await loadFamily(config.teacher.family, classes);
  const spec = teacherSpecOf(config, classes);
  const { theta, features, measurement } = networkOf(config, spec, best.theta);
  return { name, label, network: { spec, theta, features, measurement } };
}

async function rivalTeacher(run: string, config: TrainConfig, classes: number): Promise<NamedTeacher> {
  const other = await readConfig(run);
  if (other.task.name !== config.task.name)
    throw new LecternError(
      "invalid-argument",
      `--against ${run} was trained on ${other.task.name}, and this evaluation is on ${config.task.name}.`,
      "Pass runs of the same task.",
    );
  const family = shortName(other.teacher.family);
  const label = family === "gain" ? "gain-only teacher" : `${family} teacher (${run})`;
  return teacherOf(run, other, { name: `${family} (${run})`, label, classes });
}
