import { z } from "zod";
import { recipe } from "@lectern/shared/schema";
import type { EvaluationSetting } from "../evaluate/index.ts";
import { bootstrap, comparePaired, mean, median } from "../statistics/index.ts";
import { taskSpec } from "../task/index.ts";

const figure = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

const errors = z.strictObject({
  name: z.string(),
  label: z.string(),
  kind: z.enum(["teacher", "fixed", "tuned-on-device"]),
  /** Null where each device has its own. */
  learningRate: z.number().nullable(),
  parameters: z.record(z.string(), z.number()),
  /** Mean over the tuning devices, in per cent; null where each device tunes for itself. */
  validationError: z.number().nullable(),
  /** False where the chosen cell lies at the end of what widening is allowed. */
  interior: z.boolean(),
  /** Test error by device, in per cent: the mean over its students. */
  errors: z.array(z.number()),
});
export type FleetErrors = z.infer<typeof errors>;

const row = errors.extend({
  mean: z.number(),
  median: z.number(),
  /** The teacher under test against this one; null in its own row. */
  comparison: z
    .strictObject({
      /** Change of the median over devices, relative: −0.15 is 15 % lower. Bootstrap over devices. */
      median: figure,
      /** The same of the mean. */
      mean: figure,
      /** Share of devices whose error is higher under the teacher. */
      worse: z.number(),
      /** Two-sided paired t-test, and the exact sign test. */
      pValue: z.number(),
      signPValue: z.number(),
    })
    .nullable(),
});

/** What a contest on a fleet found. */
export const fleetResult = z.strictObject({
  format: z.literal("lectern-fleet"),
  formatVersion: z.literal(1),
  task: taskSpec,
  student: z.strictObject({ name: z.string(), options: z.record(z.string(), z.number()) }),
  recipe,
  backend: z.string(),
  seed: z.int(),
  /** Cells that each contender's search tried, and that each device tries where it tunes for itself. */
  cells: z.int(),
  folds: z.int(),
  repeats: z.int(),
  tuningSeeds: z.array(z.int()),
  devices: z.array(z.int()),
  rows: z.array(row).min(1),
  /** The fixed loss with the lowest median test error. */
  bestFixed: z.string().nullable(),
});
export type FleetResult = z.infer<typeof fleetResult>;

interface Measured extends Pick<
  FleetResult,
  "seed" | "cells" | "folds" | "repeats" | "tuningSeeds" | "devices" | "bestFixed"
> {
  readonly setting: EvaluationSetting;
  readonly rows: readonly FleetErrors[];
}

/** Adds to each row its mean and median, and how the first one compares with it. */
export function summarizeFleet({ setting, rows, ...rest }: Measured): FleetResult {
  const teacher = rows[0]!.errors;
  return {
    format: "lectern-fleet",
    formatVersion: 1,
    task: setting.task,
    student: { name: setting.student.name, options: { ...setting.student.options } },
    recipe: setting.recipe,
    backend: setting.backend,
    ...rest,
    rows: rows.map((one, i) => ({
      ...one,
      mean: mean(one.errors),
      median: median(one.errors),
      comparison: i === 0 ? null : compareFleets(teacher, one.errors),
    })),
  };
}

function compareFleets(
  teacher: readonly number[],
  rival: readonly number[],
): NonNullable<FleetResult["rows"][number]["comparison"]> {
  const change = (statistic: (values: readonly number[]) => number) => {
    const of = (cases: readonly number[]): number =>
      statistic(cases.map((i) => teacher[i]!)) / statistic(cases.map((i) => rival[i]!)) - 1;
    return { value: of(teacher.map((_, i) => i)), ...bootstrap(teacher.length, of) };
  };
  const { pValue, signPValue } = comparePaired(teacher, rival);
  return {
    median: change(median),
    mean: change(mean),
    worse: teacher.filter((error, i) => error > rival[i]!).length / teacher.length,
    pValue,
    signPValue,
  };
}
