import { LecternError } from "@lectern/shared/errors";
import type { FixedLossName } from "@lectern/shared/teacher";
import { measureOf } from "../measure/index.ts";
import { comparePaired, mean, summarize } from "../statistics/index.ts";
import { deriveSeed, type Task } from "../task/index.ts";
import {
  fixedContender,
  rivalNames,
  teacherContender,
  type Contender,
  type NamedTeacher,
} from "./contender.ts";
import { describeSetting, splitsOf } from "./description.ts";
import type { EvaluationExecutor } from "./ground.ts";
import type { EvaluationJob, EvaluationJobResult } from "./job.ts";
import { memoryJournal, type Journal } from "./journal.ts";
import type { ContenderResult, EvaluationResult } from "./result.ts";
import { runThroughJournal } from "./run-jobs.ts";
import type { EvaluationSetting } from "./setting.ts";
import { traceOf } from "./trace.ts";
import { tuneContenders, type TunedContender } from "./tune.ts";

export interface EvaluationProgress {
  readonly phase: "tuning" | "testing";
  /** Trainings of this phase: `expected` grows if a search has to widen its grid. */
  readonly done: number;
  readonly expected: number;
}

export interface EvaluationOptions {
  readonly setting: EvaluationSetting;
  readonly task: Task;
  /** The first is under test; others (a gain-only teacher) are rivals. */
  readonly teachers: readonly NamedTeacher[];
  readonly rivals?: readonly FixedLossName[];
  /** Rivals that take part once more, with the teacher's meta-dev examples as additional training data. */
  readonly extraDataRivals?: readonly FixedLossName[];
  readonly seed: number;
  /** Cells of every contender's search, at least. */
  readonly cells?: number;
  readonly tuningSeeds?: number;
  readonly pairedSeeds?: number;
  /** On the first so many paired seeds, validation error and φ are recorded on the way. */
  readonly curveSeeds?: number;
  readonly executor: EvaluationExecutor;
  readonly journal?: Journal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Measurements of validation error over a recorded lesson. */
const curvePoints = 20;

/**
 * Compares a teacher with tuned rivals (`docs/evaluation.md`): every contender's rate and parameter are tuned on
 * validation data with equal budgets, then all are trained on the same fresh local data, initial weights and batch
 * orders, on seeds that no tuning saw, and meet the test data once.
 *
 * @returns the result; the same bits for any executor, and after any number of interruptions with the same journal
 * @throws LecternError `invalid-argument`: no teacher, a name twice, fewer than two paired seeds
 */
export async function evaluate(options: EvaluationOptions): Promise<EvaluationResult> {
  const { setting, task, seed, executor, journal = memoryJournal(), onProgress } = options;
  const { cells = 15, tuningSeeds = 3, pairedSeeds = 10, curveSeeds = 3 } = options;
  atLeast("pairedSeeds", pairedSeeds, 2);
  atLeast("tuningSeeds", tuningSeeds, 1);
  atLeast("cells", cells, 1);
  atLeast("curveSeeds", curveSeeds, 0);
  const contenders = contendersOf(options);
  const run = runThroughJournal(executor, setting, journal);
  const seedsFor = (purpose: "tuning" | "evaluation", count: number): number[] =>
    Array.from({ length: count }, (_, i) => deriveSeed(seed, purpose, i));

  const centre = setting.recipe.optimizer.learningRate;
  const tuned = await tuneContenders(contenders, {
    cells,
    seeds: seedsFor("tuning", tuningSeeds),
    centre,
    run,
    onProgress: (progress) => onProgress?.({ phase: "tuning", ...progress }),
  });

  const paired = seedsFor("evaluation", pairedSeeds);
  // Seed by seed, so that an evaluation that is stopped early has whole pairs.
  const jobs = paired.flatMap((s, i) => tuned.map((t) => testJob(t, s, i < curveSeeds ? curvePoints : 0)));
  let done = 0;
  const results = await run(jobs, () =>
    onProgress?.({ phase: "testing", done: ++done, expected: jobs.length }),
  );
  const ofContender = (c: number) => paired.map((_, i) => results[i * tuned.length + c]!);
  const rows = tuned.map((t, c) => summarizeContender(t, paired, ofContender(c), ofContender(0), c === 0));
  const fixed = rows.filter(({ kind, extraData }) => kind === "fixed" && !extraData);
  return {
    format: "lectern-evaluation",
    formatVersion: 1,
    setting: describeSetting(setting),
    metric: `test ${setting.measure ? measureOf(setting.measure).label : "error"}, %`,
    task: setting.task,
    student: { name: setting.student.name, options: { ...setting.student.options } },
    recipe: setting.recipe,
    backend: setting.backend,
    seed,
    note: task.note,
    splits: splitsOf(task),
    tuning: {
      seeds: seedsFor("tuning", tuningSeeds),
      cellsPerContender: Math.max(...tuned.map(({ trials }) => trials.length)),
      trainingsPerContender: Math.max(...tuned.map(({ trials }) => trials.length)) * tuningSeeds,
      centre,
    },
    pairedSeeds: paired,
    contenders: rows,
    // By test error, in the rivals' favour: no choice of theirs could have looked better.
    bestFixed: fixed.toSorted((a, b) => a.error.mean - b.error.mean)[0]?.name ?? null,
  };
}

function contendersOf({
  teachers,
  rivals = rivalNames,
  extraDataRivals = [],
}: EvaluationOptions): Contender[] {
  if (teachers.length === 0)
    throw new LecternError("invalid-argument", "There is no teacher to evaluate.", "Pass at least one.");
  const contenders = [
    ...teachers.map(teacherContender),
    ...rivals.map((name) => fixedContender(name)),
    ...extraDataRivals.map((name) => fixedContender(name, { extraData: true })),
  ];
  const names = contenders.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new LecternError(
      "invalid-argument",
      `Two contenders are called "${twice}".`,
      "Give each teacher a name of its own, and name each rival once.",
    );
  return contenders;
}

const testJob = (
  { contender: { source, extraData }, best }: TunedContender,
  seed: number,
  points: number,
): EvaluationJob => ({
  source,
  learningRate: best.rate,
  value: best.value,
  extraData,
  seed,
  split: "test",
  curvePoints: points,
});

const percent = (share: number): number => 100 * share;

function summarizeContender(
  { contender, best, trials, interior }: TunedContender,
  seeds: readonly number[],
  results: readonly EvaluationJobResult[],
  teacher: readonly EvaluationJobResult[],
  underTest: boolean,
): ContenderResult {
  const { name, label, source, parameter, extraData } = contender;
  const errors = results.map(({ error }) => percent(error));
  const recorded = results
    .map((result, i) => ({ seed: seeds[i]!, result }))
    .filter(({ result }) => result.curve.length > 0);
  return {
    name,
    label,
    kind: source.kind,
    loss: source.kind === "fixed" ? source.loss : null,
    extraData,
    learningRate: best.rate,
    parameters: parameter ? { [parameter.name]: best.value } : {},
    validationError: percent(best.error),
    interior,
    trials: trials.map(({ rate, value, error }) => ({ rate, value, error: percent(error) })),
    errors,
    diverged: results.filter(({ status }) => status === "diverged").length,
    error: summarize(errors),
    comparison: underTest
      ? null
      : compare(
          teacher.map(({ error }) => percent(error)),
          errors,
        ),
    curves: recorded.map(({ seed, result }) => ({
      seed,
      points: result.curve.map(({ step, error }) => ({ step, error: percent(error) })),
    })),
    trace: traceOf(source, recorded),
  };
}

function compare(teacher: readonly number[], rival: readonly number[]): ContenderResult["comparison"] {
  const test = comparePaired(teacher, rival);
  const base = mean(rival);
  return { ...test, relative: base === 0 ? null : test.difference / base };
}

function atLeast(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new LecternError(
    "invalid-argument",
    `${name} is ${value}, expected an integer of at least ${least}.`,
    `Pass ${name}: ${Math.max(least, 10)}, say.`,
  );
}
