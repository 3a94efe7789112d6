import { join } from "node:path";
import { isLecternError } from "@lectern/shared/errors";
import { evaluate, type EvaluationResult } from "../evaluate/index.ts";
import { loadFamily } from "../family/index.ts";
import { createTask, isModulePath, messageOf, type TaskData } from "../task/index.ts";
import { cellExecutor } from "./cell-executor.ts";
import { comparisonsOf } from "./comparison.ts";
import { layout, type ExperimentGround } from "./ground.ts";
import { cellFolder, type PlannedCell } from "./plan.ts";
import type { CellResult } from "./result.ts";
import { openTeachers } from "./teachers.ts";

/**
 * Evaluates one cell, whose meta-trainings are done, and writes its own report.
 * @returns its result: pending if the experiment was stopped, failed with the reason if it can't be evaluated
 */
export async function compete(
  ground: ExperimentGround,
  index: number,
  data: TaskData,
  trained: Promise<unknown>,
): Promise<CellResult> {
  const cell = ground.plan.cells[index]!;
  const { tally } = ground;
  try {
    await trained;
    const { evaluation, chosen } = await evaluateCell(ground, index, data);
    await ground.onEvaluated?.(pendingCell(cell).folder, evaluation);
    tally.cellEnded(index);
    return {
      ...pendingCell(cell),
      status: "done",
      chosen,
      evaluation: { ...evaluation, contenders: evaluation.contenders.map((c) => ({ ...c, trace: null })) },
      comparisons: comparisonsOf(evaluation),
      bestFixed: evaluation.bestFixed,
    };
  } catch (error) {
    if (isLecternError(error) && error.code === "aborted") return pendingCell(cell);
    tally.cellEnded(index);
    // An unexpected one too: a night's other cells aren't lost for it.
    return { ...pendingCell(cell), status: "failed", problem: messageOf(error) };
  }
}

async function evaluateCell(
  ground: ExperimentGround,
  index: number,
  data: TaskData,
): Promise<{ evaluation: EvaluationResult; chosen: CellResult["chosen"] }> {
  const { plan, declaration, out, workers, slots, tally, journal } = ground;
  const cell = plan.cells[index]!;
  const { setting } = cell;
  const task = createTask(data);
  const classes = task.classNames.length;
  const opened = await openTeachers(cell, plan, { folder: join(out, layout.runs), classes });
  const families = opened.map(({ teacher }) => teacher.network.spec.family).filter(isModulePath);
  for (const family of families) await loadFamily(family, classes);
  const executor = cellExecutor(
    { setting, data, families },
    { workers, slots, priority: index, onTrained: () => tally.trained(index) },
  );
  try {
    const evaluation = await evaluate({
      setting,
      task,
      teachers: opened.map(({ teacher }) => teacher),
      rivals: declaration.losses,
      extraDataRivals: declaration.extraData,
      ...declaration.protocol,
      executor,
      journal,
      onProgress: (progress) => tally.cellAt(index, progress),
    });
    return { evaluation, chosen: opened.map(({ teacher, run }) => ({ teacher: teacher.name, run })) };
  } finally {
    await executor.close();
  }
}

export const pendingCell = (cell: PlannedCell): CellResult => ({
  task: cell.task,
  student: cell.student,
  status: "pending",
  problem: null,
  folder: join(layout.cells, cellFolder(cell)),
  chosen: cell.teachers.map(({ name }) => ({ teacher: name, run: null })),
  evaluation: null,
  comparisons: [],
  bestFixed: null,
});
