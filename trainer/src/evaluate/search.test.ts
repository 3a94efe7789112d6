import { describe, expect, test } from "vitest";
import { bestTrial, initialCells, refine, widen, type Cell, type SearchSpace, type Trial } from "./search.ts";

const plain: SearchSpace = { centre: 1, values: [0] };
const smoothing: SearchSpace = { centre: 0.8, values: [0.1, 0.2, 0.3], bounds: [0.01, 0.95] };
const at = (cells: readonly Cell[], error: (cell: Cell) => number): Trial[] =>
  cells.map((cell) => ({ ...cell, error: error(cell) }));
/** An error surface with one minimum, as a function of the rate's distance from it in octaves. */
const bowl = (optimum: number) => (cell: Cell) => 0.1 + 0.01 * Math.log2(cell.rate / optimum) ** 2;

describe("initialCells", () => {
  test("rates by factor 2 around the centre, for each value alike", () => {
    expect(initialCells(plain, 5).map(({ rate }) => rate)).toEqual([0.25, 0.5, 1, 2, 4]);
    expect(initialCells(smoothing, 9)).toEqual(
      [0.1, 0.2, 0.3].flatMap((value) => [0.4, 0.8, 1.6].map((rate) => ({ rate, value }))),
    );
  });

  test("never more than the budget, and at most 7 rates to begin with", () => {
    expect(initialCells(plain, 16)).toHaveLength(7);
    expect(initialCells(smoothing, 2)).toHaveLength(2);
  });
});

describe("widen", () => {
  test("each promising value of the parameter gets its own range of rates, not just the best one's", () => {
    const cells = initialCells(smoothing, 9);
    const error = ({ rate, value }: Cell) =>
      0.1 + 0.005 * Math.abs(Math.log2(rate / (value === 0.3 ? 6.4 : 0.8)));
    expect(widen(smoothing, at(cells, error))).toEqual([{ rate: 3.2, value: 0.3 }]);
  });

  test("a best rate at the grid's edge asks for the next one, on either side", () => {
    const cells = initialCells(plain, 5);
    expect(widen(plain, at(cells, bowl(16)))).toEqual([{ rate: 8, value: 0 }]);
    expect(widen(plain, at(cells, bowl(0.1)))).toEqual([{ rate: 0.125, value: 0 }]);
    expect(widen(plain, at(cells, bowl(1)))).toEqual([]);
  });

  test("goes on until the best is an interior point", () => {
    const trials = at(initialCells(plain, 3), bowl(20));
    for (let cells = widen(plain, trials); cells.length > 0; cells = widen(plain, trials))
      trials.push(...at(cells, bowl(20)));
    expect(bestTrial(trials).rate).toBe(16);
    expect(Math.max(...trials.map(({ rate }) => rate))).toBe(32);
  });

  test("if every rate diverges it looks at lower ones, and ends", () => {
    const trials = at(initialCells(plain, 3), () => 1);
    let rounds = 0;
    for (let cells = widen(plain, trials); cells.length > 0; cells = widen(plain, trials)) {
      trials.push(...at(cells, () => 1));
      rounds++;
    }
    expect(rounds).toBe(11);
    expect(Math.min(...trials.map(({ rate }) => rate))).toBeCloseTo(2 ** -12, 9);
  });

  test("a best parameter at its grid's edge opens the next value with three rates", () => {
    const trials = at(initialCells(smoothing, 9), (cell) => bowl(0.8)(cell) - 0.1 * cell.value);
    expect(widen(smoothing, trials)).toEqual([0.4, 0.8, 1.6].map((rate) => ({ rate, value: 0.45 })));
  });

  test("a parameter never leaves its bounds", () => {
    const space: SearchSpace = { centre: 1, values: [0.7, 0.9], bounds: [0.01, 1] };
    const first = at(initialCells(space, 6), (cell) => bowl(1)(cell) - 0.1 * cell.value);
    const opened = widen(space, first);
    expect(new Set(opened.map(({ value }) => value))).toEqual(new Set([1]));
    const second = [...first, ...at(opened, (cell) => bowl(1)(cell) - 0.1 * cell.value)];
    expect(widen(space, second)).toEqual([]);
  });
});

describe("refine", () => {
  test("looks half-way to the best rate's neighbours first", () => {
    const trials = at(initialCells(plain, 5), bowl(1));
    expect(refine(plain, trials, 9).map(({ rate }) => rate)).toEqual(
      [Math.SQRT1_2, Math.SQRT2].map((rate) => Number(rate.toPrecision(6))),
    );
    expect(refine(plain, trials, 1)).toHaveLength(1);
  });

  test("then half-way to neighbouring values, only if three cells are left", () => {
    const grid = at(initialCells(smoothing, 9), (c) => bowl(0.8)(c) + Math.abs(c.value - 0.2));
    const trials = [...grid, ...at(refine(smoothing, grid, 9), () => 1)];
    expect(refine(smoothing, trials, 3)).toEqual([0.4, 0.8, 1.6].map((rate) => ({ rate, value: 0.141 })));
    expect(refine(smoothing, trials, 2)).toHaveLength(1);
  });

  test("always has something to spend a budget on, never a cell twice", () => {
    const trials = at(initialCells(plain, 5), bowl(1));
    for (let i = 0; i < 12; i++) {
      const cells = refine(plain, trials, 1);
      expect(cells).toHaveLength(1);
      trials.push(...at(cells, bowl(1)));
    }
    expect(new Set(trials.map(({ rate }) => rate)).size).toBe(17);
  });
});

test("bestTrial breaks ties by the lower rate, whatever the order", () => {
  const trials = [2, 1, 4].map((rate) => ({ rate, value: 0, error: 0.5 }));
  expect(bestTrial(trials).rate).toBe(1);
  expect(bestTrial(trials.toReversed()).rate).toBe(1);
});
