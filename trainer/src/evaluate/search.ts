/**
 * The search for a loss's learning rate and own parameter, as pure functions of what was tried so far. All contenders
 * go through it with the same number of cells (see tune.ts).
 */

/** One point of a search: a learning rate, and the loss's own parameter (0 where it has none). */
export interface Cell {
  readonly rate: number;
  readonly value: number;
}

/** A cell that was tried: mean error on validation data over the tuning seeds, 0 … 1; a diverged run counts as 1. */
export interface Trial extends Cell {
  readonly error: number;
}

export interface SearchSpace {
  /** Where the grid of rates starts to grow from: the recipe's rate. */
  readonly centre: number;
  /** The parameter's values that are tried first, ascending; [0] for a loss without one. */
  readonly values: readonly number[];
  /** What the parameter may be widened to; absent for a loss without one. */
  readonly bounds?: readonly [low: number, high: number];
}

/** The grid's factor: a widened grid goes on with it, a refined one takes its root. */
const factor = 2;
/** Rates may go this many factors away from the centre. */
const reach = 12;
/** A loss without a parameter starts with this many rates, and spends the rest of its budget around the best. */
const widest = 7;

const legible = (x: number, digits: number): number => Number(x.toPrecision(digits));
const rateAt = (space: SearchSpace, exponent: number): number =>
  legible(space.centre * factor ** exponent, 6);
const tried = (trials: readonly Cell[], cell: Cell): boolean =>
  trials.some(({ rate, value }) => rate === cell.rate && value === cell.value);
const columnOf = (trials: readonly Trial[], value: number): Trial[] =>
  trials.filter((t) => t.value === value).toSorted((a, b) => a.rate - b.rate);
const valuesOf = (trials: readonly Cell[]): number[] =>
  [...new Set(trials.map(({ value }) => value))].toSorted((a, b) => a - b);

/** Rates by factor 2 around the centre, the same for each of the parameter's values; at most `budget` cells. */
export function initialCells(space: SearchSpace, budget: number): Cell[] {
  const perValue = Math.max(1, Math.min(widest, Math.floor(budget / space.values.length)));
  const lowest = -Math.floor(perValue / 2);
  return space.values
    .flatMap((value) =>
      Array.from({ length: perValue }, (_, i) => ({ rate: rateAt(space, lowest + i), value })),
    )
    .slice(0, Math.max(budget, 1));
}

/** The lowest error; of equal ones the lowest rate, then the lowest value, so that the order of trials is no matter. */
export function bestTrial(trials: readonly Trial[]): Trial {
  return trials.toSorted((a, b) => a.error - b.error || a.rate - b.rate || a.value - b.value)[0]!;
}

/** A value whose best error is within this of the lowest may yet win at another rate. */
const promising = 1.35;

/**
 * The cells that the grid lacks because a best lies at an edge: for each promising value of the parameter the next rate
 * outwards (a bounded loss takes far larger rates than one near cross-entropy, so that each value has its own best
 * rate); else the parameter's next value with three rates around the best. Empty once the best is an interior point
 * and every promising value's too (or at the end of what is allowed).
 */
export function widen(space: SearchSpace, trials: readonly Trial[]): Cell[] {
  const best = bestTrial(trials);
  const cells = valuesOf(trials).flatMap((value): Cell[] => {
    const column = columnOf(trials, value);
    const own = bestTrial(column);
    if (own.error > best.error * promising) return [];
    const rates: number[] = [];
    if (own.rate === column[0]!.rate) rates.push(legible(own.rate / factor, 6));
    if (own.rate === column.at(-1)!.rate) rates.push(legible(own.rate * factor, 6));
    return rates.map((rate) => ({ rate, value }));
  });
  if (cells.length === 0) {
    const value = nextValue(space, valuesOf(trials), best.value);
    if (value !== undefined)
      cells.push(
        ...[best.rate / factor, best.rate, best.rate * factor].map((rate) => ({
          rate: legible(rate, 6),
          value,
        })),
      );
  }
  const allowed = factor ** (reach + 0.01);
  return cells.filter(
    (cell) =>
      cell.rate <= space.centre * allowed && cell.rate >= space.centre / allowed && !tried(trials, cell),
  );
}

/** Outwards by the ratio of the two outermost values, within the bounds; undefined if the best isn't at an edge. */
function nextValue(space: SearchSpace, values: readonly number[], best: number): number | undefined {
  if (!space.bounds || values.length < 2) return undefined;
  const [low, high] = space.bounds;
  const inner = best === values[0] ? values[1]! : best === values.at(-1) ? values.at(-2)! : undefined;
  if (inner === undefined) return undefined;
  const value = legible(Math.min(high, Math.max(low, (best * best) / inner)), 3);
  return value === best ? undefined : value;
}

/**
 * Up to `room` cells that look closer where the errors are lowest: half-way (geometrically) to the best rate's
 * neighbours, then half-way to the neighbouring values of the parameter, then between the best neighbours anywhere.
 */
export function refine(space: SearchSpace, trials: readonly Trial[], room: number): Cell[] {
  const best = bestTrial(trials);
  const around = gapsOf(columnOf(trials, best.value)).filter(
    ({ low, high, ratio }) => ratio > 1.9 && (low.rate === best.rate || high.rate === best.rate),
  );
  if (around.length > 0) return around.slice(0, room).map(middleOf);
  if (space.bounds && room >= 3) {
    const value = valuesBetween(valuesOf(trials), best.value)[0];
    if (value !== undefined)
      return [best.rate / factor, best.rate, best.rate * factor].map((rate) => ({
        rate: legible(rate, 6),
        value,
      }));
  }
  const gaps = valuesOf(trials).flatMap((value) => gapsOf(columnOf(trials, value)));
  for (const finest of [1.9, 1.3, 1.15, 1.01]) {
    const open = gaps
      .filter(({ ratio }) => ratio > finest)
      .toSorted((a, b) => a.floor - b.floor || a.sum - b.sum || a.low.rate - b.low.rate);
    if (open.length > 0) return [middleOf(open[0]!)];
  }
  return [];
}

interface Gap {
  readonly low: Trial;
  readonly high: Trial;
  readonly ratio: number;
  /** The lower of the two errors, and their sum. */
  readonly floor: number;
  readonly sum: number;
}

const gapsOf = (column: readonly Trial[]): Gap[] =>
  column.slice(1).map((high, i) => {
    const low = column[i]!;
    return {
      low,
      high,
      ratio: high.rate / low.rate,
      floor: Math.min(low.error, high.error),
      sum: low.error + high.error,
    };
  });

const middleOf = ({ low, high }: Gap): Cell => ({
  rate: legible(Math.sqrt(low.rate * high.rate), 6),
  value: low.value,
});

function valuesBetween(values: readonly number[], best: number): number[] {
  const at = values.indexOf(best);
  return [values[at - 1], values[at + 1]]
    .filter((v): v is number => v !== undefined && Math.max(v / best, best / v) > 1.15)
    .map((v) => legible(Math.sqrt(v * best), 3));
}
