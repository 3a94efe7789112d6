import { expect, test } from "vitest";
import { inProcessExecutor } from "../jobs/index.ts";
import { affordableProbe } from "./affordable.ts";
import type { TrainJob, TrainJobResult } from "./job.ts";
import type { ThetaValues } from "./meta-optimizer.ts";
import { describeProbe, tableOfProbe } from "./probe-words.ts";
import { probeMetasmoothness } from "./probe.ts";
import { tinyConfig } from "./tiny.fixture.ts";

const base = tinyConfig();
/** SGD on θ with rate 0.1: a meta-step is 0.1·g. U is frozen. */
const config = tinyConfig({
  meta: { ...base.meta, optimizer: "sgd", learningRate: 0.1, clip: 1e9, frozen: ["U"] },
});
const theta: ThetaValues = {
  b: { shape: [2], data: Float64Array.of(1, 1) },
  U: { shape: [1], data: Float64Array.of(1) },
};

/** M = ½ Σ aᵢ bᵢ² + 100 U, so dM/db = a∘b. */
const bowl = (a: readonly number[], status: "ok" | "exploded" = "ok") =>
  inProcessExecutor<TrainJob, TrainJobResult>(({ theta: { b, U } }) =>
    Promise.resolve({
      kind: "hypergradient",
      status,
      metric: Array.from(b!.data).reduce((sum, v, i) => sum + 0.5 * a[i]! * v * v, 100 * U!.data[0]!),
      devError: 0,
      norms: [
        { step: 9, norm: 2 },
        { step: 0, norm: 10 },
      ],
      states: [],
      ...(status === "ok" && {
        dTheta: {
          b: { shape: [2], data: Float64Array.from(b!.data, (v, i) => a[i]! * v) },
          U: { shape: [1], data: Float64Array.of(100) },
        },
      }),
    }),
  );

const probe = (executor: ReturnType<typeof bowl>) =>
  probeMetasmoothness(config, theta, executor, { students: 2, metaSteps: [1, 4] });

test("a bowl as steep one way as the other is smooth: the direction stays, the length follows", async () => {
  const found = await probe(bowl([1, 1]));
  expect(found).toMatchObject({ verdict: "smooth", students: ["ok", "ok"], growth: 5 });
  expect(found.gradientNorm).toBeCloseTo(Math.SQRT2, 12);
  const [near, far] = found.points;
  expect(near!.distance).toBeCloseTo(0.1 * Math.SQRT2, 12);
  expect([near!.cosine, far!.cosine]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
  expect([near!.relativeChange, far!.relativeChange]).toEqual([expect.closeTo(0.1), expect.closeTo(0.4)]);
  // M falls from 1 to ½·2·0.9².
  expect(near!.measured).toBeCloseTo(0.81 - 1, 12);
  expect(near!.predicted).toBeCloseTo(-0.2, 12);
  expect(describeProbe(found)).toMatch(/cosine 1\.00 .*relative change 0\.10.*Smooth\.$/);
});

test("a valley ten times as steep one way is bumpy: a meta-step lands on its floor", async () => {
  const found = await probe(bowl([1, 10]));
  // From (1, 1) along −(1, 10)/10 to (0.9, 0), where g = (0.9, 0).
  const [near] = found.points;
  expect(near!.cosine).toBeCloseTo(1 / Math.sqrt(101), 12);
  expect(near!.relativeChange).toBeCloseTo(Math.hypot(0.1, 10) / Math.sqrt(101), 12);
  expect(near!.measured).toBeCloseTo(0.405 - 5.5, 12);
  expect(near!.predicted).toBeCloseTo(-10.1, 12);
  expect(found.verdict).toBe("bumpy");
  expect(describeProbe(found)).toMatch(/cosine 0\.10 .*Bumpy/);
});

test("a valley so steep that a meta-step climbs its other side is rough", async () => {
  const found = await probe(bowl([1, 21]));
  // From (1, 1) to (0.9, −1.1).
  expect(found.points[0]!.measured).toBeCloseTo(0.405 + 0.5 * 21 * 1.21 - 11, 12);
  expect(found.points[0]!.cosine).toBeLessThan(-0.99);
  expect(found.verdict).toBe("rough");
  expect(describeProbe(found)).toMatch(/Rough: .*Lower --learning-rate/);
});

test("where no student is usable the probe says so, and what to do", async () => {
  const found = await probe(bowl([1, 1], "exploded"));
  expect(found).toMatchObject({ verdict: "lost", gradientNorm: null, growth: 5 });
  expect(found.points.map(({ cosine }) => cosine)).toEqual([null, null]);
  expect(describeProbe(found)).toMatch(
    /most of 2 students .*\(exploded; \|dω\| grew 5\.0 times\).*truncated:K/,
  );
  expect(tableOfProbe(found).split("\n")[1]).toMatch(/1\.0 .* – .* 0$/);
});

test("a run probes itself where that costs at most a twentieth of it", () => {
  const run = (steps: number) => ({ ...config, meta: { ...config.meta, steps, students: 2 } });
  expect(affordableProbe(run(40))).toEqual({ students: 2, metaSteps: [1] });
  expect(affordableProbe(run(39))).toBeUndefined();
});
