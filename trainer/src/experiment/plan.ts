import { measuredBy } from "../hypergradient/index.ts";
import { resolve } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import type { BackendName } from "../backend/index.ts";
import type { EvaluationSetting } from "../evaluate/index.ts";
import { fingerprint } from "../storage/index.ts";
import type { TrainConfig } from "../train/index.ts";
import type { Declaration, DeclaredTeacher, Flags } from "./declaration.ts";

/** A meta-training that is to be done, in a folder of its own. */
export interface PlannedRun {
  readonly teacher: string;
  readonly task: string;
  readonly student: string;
  readonly seed: number;
  readonly config: TrainConfig;
  /** Unique and speaking: name, cell, seed and a hash of all that determines it. */
  readonly folder: string;
}

/** Where a cell's teacher comes from. */
export interface PlannedTeacher {
  readonly name: string;
  /** Meta-trainings by index into {@link Plan.runs}, of which the best validated one is the teacher; or a run's folder. */
  readonly from: readonly number[] | string;
}

/** One row of the report: a task and a student, and who competes there. */
export interface PlannedCell {
  readonly task: string;
  readonly student: string;
  readonly setting: EvaluationSetting;
  readonly teachers: readonly PlannedTeacher[];
}

export interface Plan {
  readonly cells: readonly PlannedCell[];
  readonly runs: readonly PlannedRun[];
}

export interface PlanOptions {
  /** The file's folder, which runs are named from. */
  readonly base: string;
  /** What the flags of `lectern train` describe, with the same defaults and refusals. */
  configOf(flags: Flags, backend: BackendName): TrainConfig;
}

/**
 * All cells and meta-trainings of a declaration, in its order. The same meta-training asked for twice is done once.
 * @throws LecternError for flags that `lectern train` refuses, naming whose they are, or a cell without a teacher
 */
export function planExperiment(declaration: Declaration, { base, configOf }: PlanOptions): Plan {
  const { backend, shared, tasks, students, teachers } = declaration;
  const configure = (where: string, ...groups: readonly Flags[]): TrainConfig => {
    try {
      return configOf(Object.assign({}, shared, ...groups) as Flags, backend);
    } catch (error) {
      if (!(error instanceof LecternError)) throw error;
      const problem = error.message.replace(error.remedy, "").trim();
      throw new LecternError("invalid-data", `${where}: ${problem}`, error.remedy, { cause: error });
    }
  };
  const runs = new Map<string, PlannedRun>();
  const indexOf = (run: PlannedRun): number => {
    if (!runs.has(run.folder)) runs.set(run.folder, run);
    return [...runs.keys()].indexOf(run.folder);
  };
  const teach = (name: string, teacher: DeclaredTeacher, cell: Cell): PlannedTeacher => {
    if ("run" in teacher) return { name, from: resolve(base, teacher.run) };
    const { task: on, student } = teacher.on ?? cell;
    const names = [on].flat();
    const task = names.join(" + ");
    return {
      name,
      from: teacher.seeds.map((seed) => {
        const where = `teachers.${name} on ${task}, ${student}`;
        const [first, ...also] = names.map((one) =>
          configure(where, tasks[one]!, students[student]!, teacher.train, { seed }),
        );
        const config = {
          ...first!,
          ...(also.length > 0 && { also: also.map((other) => other.task) }),
        };
        const hash = fingerprint(config).slice(0, 8);
        const folder = [...[name, task, student].map(slug), `seed-${seed}`, hash].join("--");
        return indexOf({ teacher: name, task, student, seed, config, folder });
      }),
    };
  };
  const cells = cellsOf(declaration).map((cell): PlannedCell => {
    const { task, student } = cell;
    const config = configure(`${task}, ${student}`, tasks[task]!, students[student]!);
    const present = Object.entries(teachers).filter(
      ([, teacher]) =>
        (teacher.tasks ?? [task]).includes(task) && (teacher.students ?? [student]).includes(student),
    );
    if (present.length === 0)
      throw new LecternError(
        "invalid-data",
        `No teacher takes part in ${task}, ${student}.`,
        "Widen a teacher's tasks and students, or name the cells in pairs.",
      );
    return {
      task,
      student,
      setting: {
        task: config.task,
        student: config.student,
        recipe: config.recipe,
        backend,
        ...measuredBy(config.metric),
      },
      teachers: present.map(([name, teacher]) => teach(name, teacher, cell)),
    };
  });
  return { cells, runs: [...runs.values()] };
}

interface Cell {
  readonly task: string;
  readonly student: string;
}

const cellsOf = ({ pairs, tasks, students }: Declaration): Cell[] =>
  pairs
    ? pairs.map(([task, student]) => ({ task, student }))
    : Object.keys(tasks).flatMap((task) => Object.keys(students).map((student) => ({ task, student })));

/** As a folder may be called anywhere. */
export const slug = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "") || "x";

/** A cell's folder: two cells whose names differ in signs only are told apart by the hash. */
export const cellFolder = ({ task, student }: Cell): string =>
  `${slug(task)}--${slug(student)}--${fingerprint([task, student]).slice(0, 4)}`;
