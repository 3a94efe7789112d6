import { mean } from "../statistics/index.ts";
import { searchSpaceOf, type Contender } from "./contender.ts";
import type { EvaluationJob } from "./job.ts";
import type { RunJobs } from "./run-jobs.ts";
import { bestTrial, initialCells, refine, widen, type Cell, type SearchSpace, type Trial } from "./search.ts";

export interface TuningOptions {
  /** Cells that every contender's search has at least: its budget is this times the number of seeds. */
  readonly cells: number;
  readonly seeds: readonly number[];
  /** The rate that every contender's grid grows from. */
  readonly centre: number;
  readonly run: RunJobs;
  readonly onProgress?: (progress: { done: number; expected: number }) => void;
}

export interface TunedContender {
  readonly contender: Contender;
  /** The cell of the lowest validation error. */
  readonly best: Trial;
  readonly trials: readonly Trial[];
  /** False where the best lies at the end of what widening is allowed. */
  readonly interior: boolean;
}

/** A search may widen to this many times its budget. */
const patience = 6;

/**
 * Tunes every contender's rate and parameter on validation data, all with the same number of trainings.
 *
 * In rounds: a contender whose best cell lies at its grid's edge widens the grid, one whose best is interior refines it
 * until it has spent as many cells as the contender that spent most. So a rival that needs a wider grid gets one, and
 * what this costs every other contender spends on looking closer.
 */
export async function tuneContenders(
  contenders: readonly Contender[],
  { cells, seeds, centre, run, onProgress }: TuningOptions,
): Promise<TunedContender[]> {
  const searches = contenders.map((contender) => ({
    contender,
    space: searchSpaceOf(contender, centre),
    trials: [] as Trial[],
  }));
  let done = 0;
  for (;;) {
    const target = Math.max(cells, ...searches.map(({ trials }) => trials.length));
    const proposals = searches.map(({ space, trials }) => nextCells(space, trials, target, cells * patience));
    if (proposals.every(({ length }) => length === 0)) break;
    const wanted = searches.flatMap(({ contender }, i) =>
      proposals[i]!.flatMap((cell) => seeds.map((seed) => tuningJob(contender, cell, seed))),
    );
    const expected = Math.max(target * searches.length * seeds.length, done + wanted.length);
    const results = await run(wanted, () => onProgress?.({ done: ++done, expected }));
    let at = 0;
    for (const [i, search] of searches.entries())
      for (const cell of proposals[i]!) {
        const errors = results.slice(at, (at += seeds.length)).map(({ error }) => error);
        search.trials.push({ ...cell, error: mean(errors) });
      }
  }
  return searches.map(({ contender, space, trials }) => ({
    contender,
    best: bestTrial(trials),
    trials,
    interior: isInterior(space, trials),
  }));
}

/** What a search tries next; nothing once its best is interior and its budget spent. */
function nextCells(space: SearchSpace, trials: readonly Trial[], target: number, limit: number): Cell[] {
  if (trials.length === 0) return initialCells(space, target);
  const wider = trials.length < limit ? widen(space, trials) : [];
  if (wider.length > 0) return wider;
  return trials.length < target ? refine(space, trials, target - trials.length) : [];
}

/** True if a lower and a higher rate were tried for the best value, and no further value beyond it is left to try. */
function isInterior(space: SearchSpace, trials: readonly Trial[]): boolean {
  const best = bestTrial(trials);
  const rates = trials.filter(({ value }) => value === best.value).map(({ rate }) => rate);
  // A search that ran out of patience may lack rates for other values: that doesn't make its best an edge.
  const own = widen(space, trials).filter(
    ({ value }) => value === best.value || !trials.some((t) => t.value === value),
  );
  return Math.min(...rates) < best.rate && best.rate < Math.max(...rates) && own.length === 0;
}

const tuningJob = ({ source, extraData }: Contender, { rate, value }: Cell, seed: number): EvaluationJob => ({
  source,
  learningRate: rate,
  value,
  extraData,
  seed,
  split: "validation",
  curvePoints: 0,
});
