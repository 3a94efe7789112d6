import { beforeAll, expect, it } from "vitest";
import { useBackend } from "../backend/index.ts";
import { estimatorOf } from "../hypergradient/index.ts";
import { openSmallProblem } from "../hypergradient/estimators.fixture.ts";
import { assertCovered } from "./coverage.ts";

const lesson = {
  optimizer: { kind: "sgd", learningRate: 0.5, weightDecay: 0 },
  steps: 8,
  dropout: 0.4,
} as const;

beforeAll(() => useBackend("wasm"));

it("a lesson with dropout has the hypergradient that differences of its metric have", async () => {
  const small = await openSmallProblem(lesson);
  const { problem } = small;
  await assertCovered(problem.student.model);
  const { estimate } = estimatorOf("store");
  const run = () => {
    small.reset();
    return estimate(problem, {});
  };
  const { dTheta } = await run();
  const gradients = Object.entries(dTheta!).map(([name, { data }]) => ({ name, data: [...data] }));
  const norm = Math.hypot(...gradients.flatMap(({ data }) => data));
  expect(norm).toBeGreaterThan(1e-3);
  const metricAt = async (distance: number): Promise<number> => {
    const move = (scale: number): void => {
      for (const { name, data } of gradients)
        for (const [i, value] of data.entries()) problem.theta[name]!.data[i]! += (scale * value) / norm;
    };
    move(distance);
    const { metric } = await run();
    move(-distance);
    return metric;
  };
  const step = 0.02;
  const slope = ((await metricAt(step)) - (await metricAt(-step))) / (2 * step);
  expect(Math.abs(slope / norm - 1)).toBeLessThan(5e-3);
  small.dispose();
});

it.each(["checkpoint", "central-difference"])(
  "%s sees the masks of the steps that it replays",
  async (name) => {
    const small = await openSmallProblem(lesson);
    const results = [];
    for (const estimator of ["store", name]) {
      small.reset();
      const { dTheta } = await estimatorOf(estimator).estimate(small.problem, {});
      results.push(Object.values(dTheta!).flatMap(({ data }) => Array.from(data)));
    }
    const [stored, replayed] = results as [number[], number[]];
    const distance = Math.hypot(...stored.map((value, i) => value - replayed[i]!));
    expect(distance / Math.hypot(...stored)).toBeLessThan(name === "checkpoint" ? 1e-6 : 1e-2);
    small.dispose();
  },
);
