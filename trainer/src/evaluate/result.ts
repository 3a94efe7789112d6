import { LecternError } from "@lectern/shared/errors";
import { recipe, type EvaluationTable } from "@lectern/shared/schema";
import { z } from "zod";
import { taskSpec } from "../task/index.ts";

const percent = z.number().min(0).max(100);
const figure = z.strictObject({ mean: z.number(), low: z.number(), high: z.number() });
const tensor = z.strictObject({ shape: z.array(z.int()), data: z.array(z.number()) });

/** What a teacher did in one lesson: numbers of φ over steps, and φ itself at a few steps of the first lesson. */
const teacherTrace = z.strictObject({
  /** Built in, or the path of a module. */
  family: z.string().min(1),
  lessons: z.array(
    z.strictObject({
      seed: z.int(),
      steps: z.array(z.int()),
      /** A series per name, as long as `steps`: means of φ's blocks, gains, attention entropy, what was measured. */
      series: z.record(z.string(), z.array(z.number())),
    }),
  ),
  snapshots: z.array(z.strictObject({ step: z.int(), phi: z.record(z.string(), tensor) })),
});

const contender = z.strictObject({
  name: z.string(),
  label: z.string(),
  kind: z.enum(["teacher", "fixed"]),
  /** The fixed loss, to draw it; null for a teacher. */
  loss: z.string().nullable(),
  extraData: z.boolean(),
  learningRate: z.number().positive(),
  parameters: z.record(z.string(), z.number()),
  /** Mean over the tuning seeds at the chosen cell. */
  validationError: percent,
  /** False where the chosen cell lies at the end of what widening is allowed. */
  interior: z.boolean(),
  trials: z.array(z.strictObject({ rate: z.number(), value: z.number(), error: percent })),
  /** Test error by paired seed. */
  errors: z.array(percent),
  diverged: z.int().min(0),
  error: figure,
  /** The teacher under test against this one; null in its own row. */
  comparison: z
    .strictObject({
      /** Mean of (teacher's − this one's) test error, in points of per cent. */
      difference: z.number(),
      /** The same relative to this one's mean: −0.15 is 15 % lower. Null where that mean is 0. */
      relative: z.number().nullable(),
      pValue: z.number().min(0).max(1),
      /** Seeds on which the teacher's error is lower. */
      wins: z.int().min(0),
      signPValue: z.number().min(0).max(1),
    })
    .nullable(),
  /** Validation error on the way, for the first seeds. */
  curves: z.array(
    z.strictObject({
      seed: z.int(),
      points: z.array(z.strictObject({ step: z.int(), error: percent })),
    }),
  ),
  trace: teacherTrace.nullable(),
});

/** What `lectern evaluate` found: everything that its table, plots and manifest entry are made of. Errors in per cent. */
export const evaluationResult = z.strictObject({
  format: z.literal("lectern-evaluation"),
  formatVersion: z.literal(1),
  /** Data, student, noise, T in words. */
  setting: z.string(),
  /** What `error` and `errors` are: "test error, %", or another measure's words. */
  metric: z.string(),
  task: taskSpec,
  student: z.strictObject({ name: z.string(), options: z.record(z.string(), z.number()) }),
  recipe,
  backend: z.string(),
  seed: z.int(),
  note: z.string().nullable(),
  splits: z.array(
    z.strictObject({ name: z.string(), examples: z.int(), cleanLabels: z.boolean(), use: z.string() }),
  ),
  tuning: z.strictObject({
    seeds: z.array(z.int()),
    cellsPerContender: z.int(),
    trainingsPerContender: z.int(),
    centre: z.number(),
  }),
  pairedSeeds: z.array(z.int()),
  /** The teacher under test first. */
  contenders: z.array(contender).min(1),
  /** The fixed loss without extra data that has the lowest mean test error; null if none took part. */
  bestFixed: z.string().nullable(),
});

export type EvaluationResult = z.infer<typeof evaluationResult>;
export type ContenderResult = EvaluationResult["contenders"][number];
export type TeacherTrace = z.infer<typeof teacherTrace>;

/**
 * Reads a results file.
 * @throws LecternError `invalid-data` that says what is wrong where
 */
export function parseEvaluationResult(text: string, file: string): EvaluationResult {
  const refuse = (what: string, cause?: unknown) =>
    new LecternError("invalid-data", `${file} ${what}.`, "Make it anew with lectern evaluate.", { cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("isn't JSON", cause);
  }
  const parsed = evaluationResult.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw refuse(`isn't an evaluation's result: ${path.join(".")}: ${message}`);
}

/** The table that a teacher is published with. */
export function toEvaluationTable(result: EvaluationResult): EvaluationTable {
  return {
    setting: result.setting,
    metric: result.metric,
    pairedSeeds: result.pairedSeeds.length,
    rows: result.contenders.map(({ label, learningRate, parameters, error, comparison }) => ({
      loss: label,
      learningRate,
      parameters,
      error,
      pValue: comparison?.pValue ?? null,
    })),
  };
}

export const teacherUnderTest = (result: EvaluationResult): ContenderResult => result.contenders[0]!;

export const bestFixedOf = (result: EvaluationResult): ContenderResult | undefined =>
  result.contenders.find(({ name }) => name === result.bestFixed);
