import type { EvaluationProgress } from "../evaluate/index.ts";
import type { Declaration } from "./declaration.ts";
import type { Plan, PlannedCell, PlannedRun } from "./plan.ts";

/** A meta-step's student is taught once and differentiated, which takes about as long as three more lessons. */
const lessonsOfHypergradient = 4;

export interface ExperimentProgress {
  /** Steps of students, with those of meta-training weighted by what they cost; of this call of the command. */
  readonly done: number;
  /** An estimate, which grows if a search has to widen its grid. */
  readonly expected: number;
  /** What is being done, in words. */
  readonly note: string;
}

/** Adds up what is done and what is left. What an earlier call did isn't counted. */
export interface Tally {
  trained(cell: number): void;
  cellAt(cell: number, progress: EvaluationProgress): void;
  cellEnded(cell: number): void;
  runAt(run: number, metaSteps: number): void;
  read(): ExperimentProgress;
}

export function createTally({ protocol, losses, extraData }: Declaration, plan: Plan): Tally {
  const trainingsOf = ({ teachers }: PlannedCell) => {
    const contenders = teachers.length + losses.length + extraData.length;
    return {
      tuning: contenders * protocol.cells * protocol.tuningSeeds,
      testing: contenders * protocol.pairedSeeds,
    };
  };
  const cells = plan.cells.map((cell) => ({ cell, left: sum(trainingsOf(cell)), note: "" }));
  const runs = plan.runs.map((run) => ({ run, first: undefined as number | undefined, at: 0 }));
  const cost = ({ config: { meta, recipe } }: PlannedRun): number =>
    recipe.steps *
    (meta.students * lessonsOfHypergradient + (2 * meta.validationStudents) / meta.validateEvery);
  let steps = 0;
  return {
    trained(at) {
      steps += plan.cells[at]!.setting.recipe.steps;
    },
    cellAt(at, { phase, done, expected }) {
      const entry = cells[at]!;
      const later = phase === "tuning" ? trainingsOf(entry.cell).testing : 0;
      entry.left = expected - done + later;
      entry.note = `${entry.cell.task}, ${entry.cell.student}: ${phase} ${done}/${expected}`;
    },
    cellEnded(at) {
      cells[at] = { ...cells[at]!, left: 0, note: "" };
    },
    runAt(at, metaSteps) {
      const entry = runs[at]!;
      entry.first ??= metaSteps;
      entry.at = metaSteps;
    },
    read() {
      const meta = runs.reduce((sum, { run, first = 0, at }) => sum + (at - first) * cost(run), 0);
      const left =
        cells.reduce((sum, { cell, left }) => sum + left * cell.setting.recipe.steps, 0) +
        runs.reduce((sum, { run, at }) => sum + (run.config.meta.steps - at) * cost(run), 0);
      const done = Math.round(steps + meta);
      const active = runs
        .filter(({ run, first, at }) => first !== undefined && at < run.config.meta.steps)
        .map(({ run, at }) => `${run.teacher} (${run.task}, ${run.student}): ${at}/${run.config.meta.steps}`);
      const notes = [...cells.map(({ note }) => note).filter(Boolean), ...active];
      return { done, expected: Math.max(done + Math.round(left), 1), note: notes.join(" · ") };
    },
  };
}

const sum = ({ tuning, testing }: { tuning: number; testing: number }): number => tuning + testing;
