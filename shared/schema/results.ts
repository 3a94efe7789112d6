import { z } from "zod";
import { semanticVersion, teacherName } from "./names.ts";

/** A task's name as manifests have it. */
const taskName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "a task is lower-case letters, digits and hyphens");
const errorRate = z.number().min(0).max(1);

/**
 * What a client tells, with its user's explicit consent, of how a teacher did: numbers and names that are public
 * already, never data, weights or anything about the user. POST /v1/teachers/{name}/results.
 */
export const resultReport = z.strictObject({
  version: semanticVersion,
  /** One of the teacher's tasks, or `other`. */
  task: taskName,
  /** Weights of the student, in all. */
  studentParameters: z.int().min(1).max(1_000_000_000_000),
  /** Test errors of students taught by the teacher, and by the best loss that they would have had; means, fractions of 1. */
  errorWith: errorRate,
  errorWithout: errorRate,
  /** How many students are behind each mean. */
  seeds: z.int().min(1).max(10_000),
  /** 128 random bits of this installation, base64url: only so that a repeated report replaces the one before. */
  reporter: z.string().regex(/^[A-Za-z0-9_-]{22}$/, "a reporter is 16 random bytes in base64url"),
});

/** The answer to a report. */
export const reportReceipt = z.object({
  teacher: teacherName,
  version: semanticVersion,
  /** False where it took the place of an earlier one of the same reporter. */
  isNew: z.boolean(),
});

/** Of the change errorWith − errorWithout: negative is better with the teacher. Fractions of 1. */
const robustFigures = z.object({
  median: z.number(),
  /** 95 % interval of the median, from order statistics: no distribution is assumed. */
  low: z.number(),
  high: z.number(),
  /** Of the middle 60 %. */
  trimmedMean: z.number(),
});

export const resultGroup = z.object({
  version: semanticVersion,
  task: z.string(),
  /** Of the student's number of weights: `1e4-1e5`. */
  studentSize: z.string(),
  /** Reports, one for each reporter. */
  count: z.int(),
  /** Students behind them. */
  seeds: z.int(),
  /** Null below 6 reports: no 95 % interval of a median exists then, and nobody's single report can be read off. */
  change: robustFigures.nullable(),
});

/** GET /v1/teachers/{name}/results: newest version first. */
export const resultSummary = z.object({ teacher: teacherName, groups: z.array(resultGroup) });

export type ResultReport = z.infer<typeof resultReport>;
export type ReportReceipt = z.infer<typeof reportReceipt>;
export type ResultGroup = z.infer<typeof resultGroup>;
export type ResultSummary = z.infer<typeof resultSummary>;
