import { readFile } from "node:fs/promises";
import { LecternError } from "@lectern/shared/errors";
import { fixedLosses, type FixedLossName } from "@lectern/shared/teacher";
import { z } from "zod";
import { backendNames } from "../backend/index.ts";

/** Flags of `lectern train` by their long names: { "task": "mnist", "label-noise": 0.4 }. */
const flags = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))]),
);
const name = z.string().min(1).max(80);
const losses = z.array(z.enum(Object.keys(fixedLosses) as FixedLossName[]));

const participation = {
  /** The tasks and students whose cells it takes part in; left out: all. */
  tasks: z.array(name).min(1).optional(),
  students: z.array(name).min(1).optional(),
};
const trained = z.strictObject({
  /** Flags of its meta-training, over those of the task and the student. */
  train: flags,
  /**
   * Where it is meta-trained, for all cells: a student on a task, or on several in turn. Left out: one is meta-trained for
   * each cell.
   */
  on: z.strictObject({ task: z.union([name, z.array(name).min(1)]), student: name }).optional(),
  /** Of its meta-training: with several, the θ of the lowest validation error is the teacher. */
  seeds: z.array(z.int().min(0)).min(1).default([1]),
  ...participation,
});
const released = z.strictObject({
  /** Folder of a run of `lectern train`, from the file's own folder. */
  run: z.string().min(1),
  ...participation,
});

/** A grid of tasks × students × losses and teachers × seeds, as a file says it (`docs/experiments.md`). */
export const declaration = z.strictObject({
  format: z.literal("lectern-experiment"),
  formatVersion: z.literal(1),
  title: z.string().min(1).max(200),
  /** What for, and what is claimed: a paragraph of the report. */
  about: z.string().max(4000).optional(),
  backend: z.enum(backendNames).default("wasm"),
  /** Flags that all cells have. */
  shared: flags.default({}),
  tasks: z.record(name, flags).refine((tasks) => Object.keys(tasks).length > 0, "expected at least one task"),
  students: z
    .record(name, flags)
    .refine((students) => Object.keys(students).length > 0, "expected at least one student"),
  /** Cells by name of task and student; left out: every task with every student. */
  pairs: z
    .array(z.tuple([name, name]))
    .min(1)
    .optional(),
  losses: losses.min(1).default(Object.keys(fixedLosses) as FixedLossName[]),
  /** Losses that take part once more, with the teachers' meta-dev examples as training data. */
  extraData: losses.default([]),
  teachers: z
    .record(name, z.union([trained, released]))
    .refine((teachers) => Object.keys(teachers).length > 0, "expected at least one teacher"),
  protocol: z
    .strictObject({
      seed: z.int().min(0).default(1),
      cells: z.int().min(1).default(15),
      tuningSeeds: z.int().min(1).default(3),
      pairedSeeds: z.int().min(2).default(10),
      curveSeeds: z.int().min(0).default(3),
    })
    .prefault({}),
  /** Minutes after which a run of the command stops, to be gone on with. */
  budgetMinutes: z.number().positive().optional(),
});

export type Declaration = z.infer<typeof declaration>;
export type Flags = z.infer<typeof flags>;
export type DeclaredTeacher = Declaration["teachers"][string];

/**
 * Reads an experiment's file.
 * @throws LecternError `not-found`, `io`; `invalid-data` naming the field that is wrong
 */
export async function readDeclaration(path: string): Promise<Declaration> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT"
      ? new LecternError("not-found", `There is no experiment ${path}.`, "Name a .json file.", { cause })
      : new LecternError("io", `${path} can't be read (${cause.code}).`, "Check its permissions.", { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? `: ${cause.message}` : "";
    throw new LecternError("invalid-data", `${path} isn't JSON${where}.`, "Correct it.", { cause });
  }
  return parseDeclaration(json, path);
}

/** @throws LecternError `invalid-data` naming the field that is wrong */
export function parseDeclaration(json: unknown, path: string): Declaration {
  const parsed = declaration.safeParse(json);
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    const field = at.length > 0 ? `${at.join(".")}: ` : "";
    throw refuse(path, `${field}${message}`);
  }
  const { tasks, students, pairs, teachers } = parsed.data;
  const known = (group: string, there: object, name: string | undefined, where: string): void => {
    if (name !== undefined && !Object.hasOwn(there, name))
      throw refuse(
        path,
        `${where} names the ${group} ${JSON.stringify(name)}, which isn't among ${Object.keys(there).join(", ")}`,
      );
  };
  for (const [i, [task, student]] of (pairs ?? []).entries()) {
    known("task", tasks, task, `pairs.${i}`);
    known("student", students, student, `pairs.${i}`);
  }
  for (const [name, teacher] of Object.entries(teachers)) {
    for (const task of teacher.tasks ?? []) known("task", tasks, task, `teachers.${name}.tasks`);
    for (const student of teacher.students ?? [])
      known("student", students, student, `teachers.${name}.students`);
    if (!("train" in teacher)) continue;
    for (const task of [teacher.on?.task ?? []].flat()) known("task", tasks, task, `teachers.${name}.on`);
    known("student", students, teacher.on?.student, `teachers.${name}.on`);
  }
  return parsed.data;
}

const refuse = (path: string, problem: string): LecternError =>
  new LecternError("invalid-data", `${path}: ${problem.replace(/\.$/, "")}.`, "See docs/experiments.md.");
