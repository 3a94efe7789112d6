import { bestFixedOf, type EvaluationResult } from "../evaluate/index.ts";
import { comparePaired, mean, summarize, type Figure } from "../statistics/index.ts";

/** A teacher against another contender of its cell, on the same seeds. Relative: −0.12 is 12 % lower than the other. */
export interface Comparison {
  readonly teacher: string;
  readonly against: string;
  /** Mean of the paired differences over the other's mean, with its 95 % interval; null where that mean is 0. */
  readonly relative: Figure | null;
  readonly pValue: number;
  readonly signPValue: number;
  /** Seeds on which the teacher's error is lower. */
  readonly wins: number;
}

/** Every teacher against the cell's best fixed loss, and every further teacher against the first. */
export function comparisonsOf(result: EvaluationResult): Comparison[] {
  const best = bestFixedOf(result)?.name;
  const teachers = result.contenders.filter(({ kind }) => kind === "teacher").map(({ name }) => name);
  return [
    ...(best === undefined ? [] : teachers.map((teacher) => compareContenders(result, teacher, best))),
    ...teachers.slice(1).map((teacher) => compareContenders(result, teacher, teachers[0]!)),
  ];
}

/** @param teacher @param against names of contenders of the result */
export function compareContenders(result: EvaluationResult, teacher: string, against: string): Comparison {
  const errorsOf = (name: string) => result.contenders.find((c) => c.name === name)!.errors;
  const [own, others] = [errorsOf(teacher), errorsOf(against)];
  const { pValue, signPValue, wins } = comparePaired(own, others);
  const base = mean(others);
  const differences = own.map((error, i) => error - others[i]!);
  const relative = base === 0 ? null : summarize(differences.map((difference) => difference / base));
  return { teacher, against, relative, pValue, signPValue, wins };
}

/** What a teacher did over all cells that it took part in, against each cell's best fixed loss. */
export interface TeacherSummary {
  readonly teacher: string;
  readonly cells: number;
  /** Of the cells' relative changes; null if there is none. */
  readonly median: number | null;
  /** Their mean with its 95 % interval over cells. */
  readonly mean: Figure | null;
  /** Cells with p < 0.01 and a lower error, and with p < 0.01 and a higher one. */
  readonly better: number;
  readonly worse: number;
}

const level = 0.01;

export function summarizeTeachers(
  names: readonly string[],
  cells: readonly { readonly comparisons: readonly Comparison[]; readonly bestFixed: string | null }[],
): TeacherSummary[] {
  return names.map((teacher) => {
    const own = cells.flatMap(({ comparisons, bestFixed }) =>
      comparisons.filter((c) => c.teacher === teacher && c.against === bestFixed),
    );
    const changes = own.flatMap(({ relative }) => (relative ? [relative.mean] : []));
    const certain = own.filter(({ pValue }) => pValue < level);
    return {
      teacher,
      cells: own.length,
      median: changes.length > 0 ? medianOf(changes) : null,
      mean: changes.length > 0 ? summarize(changes) : null,
      better: certain.filter(({ relative }) => relative !== null && relative.mean < 0).length,
      worse: certain.filter(({ relative }) => relative !== null && relative.mean > 0).length,
    };
  });
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
