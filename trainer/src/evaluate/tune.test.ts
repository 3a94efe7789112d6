import { describe, expect, test } from "vitest";
import { fixedContender, rivalNames, searchSpaceOf } from "./contender.ts";
import type { EvaluationJob, EvaluationJobResult } from "./job.ts";
import { tuneContenders } from "./tune.ts";

/** A surface in place of trainings: each loss has its own best rate, far off the centre for some. */
const optima: Record<string, number> = {
  "cross-entropy": 0.1,
  "label-smoothing": 1,
  focal: 0.5,
  "large-margin": 64,
  "generalised-cross-entropy": 3.2,
  "symmetric-cross-entropy": 0.25,
  poly: 2,
};
const surface = ({ source, learningRate, value }: EvaluationJob): number => {
  const loss = source.kind === "fixed" ? source.loss : "cross-entropy";
  const best = loss === "generalised-cross-entropy" ? 0.7 : loss === "focal" ? 8 : 0.2;
  const off = value === 0 ? 0 : Math.abs(Math.log(value / best));
  return 0.1 + 0.01 * Math.log2(learningRate / optima[loss]!) ** 2 + 0.02 * off;
};

async function tune(options: { cells: number; seeds: readonly number[] }, error = surface) {
  const jobs: EvaluationJob[] = [];
  const tuned = await tuneContenders(
    rivalNames.map((name) => fixedContender(name)),
    {
      ...options,
      centre: 1,
      run: async (wanted) => {
        jobs.push(...wanted);
        return wanted.map((job): EvaluationJobResult => ({
          status: "completed",
          error: error(job),
          curve: [],
          emissions: [],
        }));
      },
    },
  );
  return { jobs, tuned };
}

describe("tuneContenders", () => {
  test("all contenders get the same number of trainings, whatever one of them needed", async () => {
    const { jobs, tuned } = await tune({ cells: 12, seeds: [7, 8] });
    const counts = tuned.map(({ trials }) => trials.length);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(12);
    expect(jobs).toHaveLength(rivalNames.length * 2 * counts[0]!);
  });

  test("finds optima far outside the first grid, as interior points", async () => {
    const { tuned } = await tune({ cells: 12, seeds: [7] });
    for (const { contender, best, interior } of tuned) {
      const octaves = Math.abs(Math.log2(best.rate / optima[contender.name]!));
      expect({ name: contender.name, interior, near: octaves < 0.5 }).toEqual({
        name: contender.name,
        interior: true,
        near: true,
      });
    }
  });

  test("a parameter goes beyond its grid, to its bound if it must", async () => {
    const { tuned } = await tune({ cells: 12, seeds: [7] });
    const focal = tuned.find(({ contender }) => contender.name === "focal")!;
    expect(focal.best.value).toBe(8);
    expect(fixedContender("focal").parameter!.grid).not.toContain(8);
  });

  test("looks at validation data only, on the tuning seeds only, and at no cell twice", async () => {
    const { jobs } = await tune({ cells: 6, seeds: [7, 8, 9] });
    expect(new Set(jobs.map(({ split }) => split))).toEqual(new Set(["validation"]));
    expect(new Set(jobs.map(({ seed }) => seed))).toEqual(new Set([7, 8, 9]));
    expect(new Set(jobs.map((job) => JSON.stringify(job))).size).toBe(jobs.length);
  });

  test("ends where everything diverges, and says that no best was found inside", async () => {
    const { tuned } = await tune({ cells: 4, seeds: [7] }, () => 1);
    for (const { best, interior } of tuned) {
      expect(best.error).toBe(1);
      expect(interior).toBe(false);
    }
  });

  test("a cell's error is the mean over its seeds", async () => {
    const { tuned } = await tune({ cells: 1, seeds: [1, 2, 6] }, ({ seed }) => seed / 10);
    expect(tuned[0]!.best.error).toBeCloseTo(0.3, 12);
  });
});

test("the search starts at the recipe's rate for every contender alike", () => {
  expect(searchSpaceOf(fixedContender("cross-entropy"), 1.2)).toEqual({ centre: 1.2, values: [0] });
  expect(searchSpaceOf(fixedContender("generalised-cross-entropy"), 1.2)).toEqual({
    centre: 1.2,
    values: [0.3, 0.5, 0.7, 0.9],
    bounds: [0.05, 1],
  });
});
