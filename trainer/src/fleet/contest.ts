import { mean, median } from "../statistics/index.ts";
import { deriveSeed } from "../task/index.ts";
import {
  bestTrial,
  fixedContender,
  rivalNames,
  runThroughJournal,
  memoryJournal,
  teacherContender,
  tuneContenders,
  type EvaluationExecutor,
  type EvaluationJob,
  type EvaluationSetting,
  type Journal,
  type NamedTeacher,
  type RunJobs,
  type TunedContender,
} from "../evaluate/index.ts";
import type { FixedLossName } from "@lectern/shared/teacher";
import { summarizeFleet, type FleetErrors, type FleetResult } from "./result.ts";

export interface FleetOptions {
  /** `task.conditions` say what devices are like. */
  readonly setting: EvaluationSetting;
  /** The first is under test. */
  readonly teachers: readonly NamedTeacher[];
  readonly rivals?: readonly FixedLossName[];
  /** Of the devices: no run's meta-training has them (seeds are derived by purpose). */
  readonly seed: number;
  readonly devices?: number;
  /** Devices of which the mean error, on clean validation data, chooses every contender's rate and parameter. */
  readonly tuningDevices?: number;
  /** Students that each device teaches with each loss, on the same data; their mean error is the device's. */
  readonly repeats?: number;
  /** Cells that every contender's search has at least. */
  readonly cells?: number;
  /** Whether the best fixed loss takes part once more, tuned on each device: by far the dearest part of a contest. */
  readonly tuneOnDevices?: boolean;
  /** Of the cross-validation by which a device tunes for itself. */
  readonly folds?: number;
  readonly executor: EvaluationExecutor;
  readonly journal?: Journal;
  readonly onProgress?: (phase: string, done: number, expected: number) => void;
}

/**
 * A fleet of devices, each with local data of its own: every device teaches its students with the teacher, with each
 * fixed loss at the one rate and parameter that are best over other devices, and with the best of these losses tuned on
 * the device itself.
 *
 * @returns errors by device, in per cent, and how the teacher compares with each
 */
export async function contestOnFleet(options: FleetOptions): Promise<FleetResult> {
  const { setting, seed, executor, journal = memoryJournal(), onProgress } = options;
  const { devices = 100, tuningDevices = 30, repeats = 3, cells = 15, folds = 4 } = options;
  const through = runThroughJournal(executor, setting, journal);
  const run: Phase = (phase) => (jobs, onDone) => {
    let done = 0;
    return through(jobs, () => {
      onProgress?.(phase, ++done, jobs.length);
      onDone?.();
    });
  };
  const contenders = [
    ...options.teachers.map(teacherContender),
    ...(options.rivals ?? rivalNames).map((name) => fixedContender(name)),
  ];
  const seedsFor = (purpose: "tuning" | "evaluation", count: number): number[] =>
    Array.from({ length: count }, (_, i) => deriveSeed(seed, purpose, i));
  const tuningSeeds = seedsFor("tuning", tuningDevices);
  const tuned = await tuneContenders(contenders, {
    cells,
    seeds: tuningSeeds,
    centre: setting.recipe.optimizer.learningRate,
    run: run("tuning over devices"),
  });

  const fleet = seedsFor("evaluation", devices);
  const test = async (phase: string, cellsOf: (device: number) => CellOf): Promise<number[]> => {
    const jobs = fleet.flatMap((device, d) =>
      Array.from({ length: repeats }, (_, repeat) => testJob(cellsOf(d), device, repeat)),
    );
    const results = await run(phase)(jobs);
    return fleet.map((_, d) =>
      mean(results.slice(d * repeats, (d + 1) * repeats).map(({ error }) => 100 * error)),
    );
  };
  const errors: number[][] = [];
  for (const one of tuned)
    errors.push(
      await test(`testing ${one.contender.name}`, () => ({ source: one.contender.source, ...one.best })),
    );

  const fixed = tuned
    .map((one, i) => ({ one, errors: errors[i]! }))
    .filter(({ one }) => one.contender.source.kind === "fixed");
  // By what the claim is about, and by test error: a choice in the rival's favour.
  const best = fixed.toSorted((a, b) => median(a.errors) - median(b.errors))[0];
  const rows: FleetErrors[] = tuned.map((one, i) => rowOf(one, errors[i]!));
  if (best && options.tuneOnDevices !== false) {
    const own = await tunedOnDevices(best.one, fleet, folds, run);
    for (const [name, words, chosen] of own)
      rows.push({
        ...rowOf(best.one, await test(`testing ${name}`, (d) => chosen[d]!)),
        name: `${best.one.contender.name}+${name}`,
        label: `${best.one.contender.label}, ${words}`,
        kind: "tuned-on-device",
        learningRate: null,
        parameters: {},
        validationError: null,
      });
  }
  return summarizeFleet({
    setting,
    seed,
    folds,
    repeats,
    cells: Math.max(...tuned.map(({ trials }) => trials.length)),
    tuningSeeds,
    devices: fleet,
    rows,
    bestFixed: best?.one.contender.name ?? null,
  });
}

type Phase = (words: string) => RunJobs;
type CellOf = Pick<EvaluationJob, "source"> & { readonly rate: number; readonly value: number };

/**
 * Each device tries every cell that the search over other devices tried for this loss, by cross-validation on its own
 * examples with the labels that they have. The second way is a bound and no rival: it chooses by clean validation data,
 * which no device has.
 */
async function tunedOnDevices(
  { contender, trials }: TunedContender,
  fleet: readonly number[],
  folds: number,
  run: Phase,
): Promise<[name: string, words: string, chosen: CellOf[]][]> {
  const { source } = contender;
  const job = (device: number, cell: (typeof trials)[number]): EvaluationJob => ({
    source,
    learningRate: cell.rate,
    value: cell.value,
    extraData: false,
    seed: device,
    split: "validation",
    purpose: "evaluation",
    curvePoints: 0,
  });
  const choose = async (phase: string, each: (one: EvaluationJob) => EvaluationJob[]): Promise<CellOf[]> => {
    const jobs = fleet.flatMap((device) => trials.flatMap((cell) => each(job(device, cell))));
    const results = await run(phase)(jobs);
    const per = jobs.length / fleet.length / trials.length;
    return fleet.map((_, d) => {
      const scored = trials.map((cell, c) => {
        const from = (d * trials.length + c) * per;
        return { ...cell, error: mean(results.slice(from, from + per).map(({ error }) => error)) };
      });
      const { rate, value } = bestTrial(scored);
      return { source, rate, value };
    });
  };
  const ownData = await choose("devices tune for themselves", (one) =>
    Array.from({ length: folds }, (_, index) => ({ ...one, fold: { index, of: folds } })),
  );
  const cleanData = await choose("devices tune on clean data", (one) => [one]);
  return [
    ["own-tuning", `tuned on each device (${folds}-fold on its own data)`, ownData],
    ["clean-tuning", "tuned for each device on clean data that no device has", cleanData],
  ];
}

const testJob = ({ source, rate, value }: CellOf, device: number, repeat: number): EvaluationJob => ({
  source,
  learningRate: rate,
  value,
  extraData: false,
  seed: device,
  split: "test",
  ...(repeat > 0 && { repeat }),
  curvePoints: 0,
});

const rowOf = ({ contender, best, interior }: TunedContender, errors: number[]): FleetErrors => ({
  name: contender.name,
  label: contender.label,
  kind: contender.source.kind,
  learningRate: best.rate,
  parameters: contender.parameter ? { [contender.parameter.name]: best.value } : {},
  validationError: 100 * best.error,
  interior,
  errors,
});
