import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inProcessExecutor } from "../jobs/index.ts";
import { resolveTaskSpec } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import type { TrainJob, TrainJobResult } from "./job.ts";
import { defaultMeasurement, defaultMeta, defaultRecipe, starts } from "./preset.ts";
import { createRun, readMetrics } from "./run-folder.ts";
import { runMetaTraining } from "./run.ts";
import { trainToFolder } from "./train-to-folder.ts";

/** θ is one number w; what a student's hypergradient is, and what a validation student errs, are functions of it. */
interface World {
  gradient(w: number, call: number): number | "exploded" | "non-finite";
  error(w: number): number;
  /** M and the meta-dev error; w² unless given. */
  metric?(w: number): number;
  /** |dω₀| over |dω_T|; 1 unless given. */
  growth?(w: number): number;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (meta: Partial<TrainConfig["meta"]>): TrainConfig => ({
  task: resolveTaskSpec({ name: "glyphs" }),
  student: { name: "mlp", options: {} },
  teacher: {
    family: "gain",
    architecture: { kind: "attention", keys: 1 },
    featureSet: "full",
    measurement: defaultMeasurement,
    start: starts.robust!,
  },
  recipe: defaultRecipe,
  metric: "soft-error",
  meta: {
    ...defaultMeta,
    optimizer: "sgd",
    learningRate: 0.1,
    schedule: "constant",
    validateEvery: 5,
    ...meta,
  },
  estimator: "store",
  backend: "cpu",
  seed: 1,
});

async function trainIn(world: World, meta: Partial<TrainConfig["meta"]>, start = 1) {
  let calls = 0;
  const executor = inProcessExecutor<TrainJob, TrainJobResult>((job) => {
    const w = job.theta.c!.data[0]!;
    if (job.kind === "diagnose") return Promise.resolve({ kind: "diagnose", words: `seed ${job.seed}` });
    if (job.kind === "validate")
      return Promise.resolve({ kind: "validate", status: "completed", error: world.error(w) });
    const g = world.gradient(w, calls++);
    const norms = [
      { step: 8, norm: 1 },
      { step: 0, norm: world.growth?.(w) ?? 1 },
    ];
    if (typeof g === "string")
      return Promise.resolve({ kind: "hypergradient", status: g, metric: 0, devError: 0, norms, states: [] });
    const dTheta = {
      c: { shape: [1, 1], data: Float64Array.of(g) },
      V: { shape: [1, 1], data: Float64Array.of(0) },
    };
    return Promise.resolve({
      kind: "hypergradient",
      status: "ok",
      metric: world.metric?.(w) ?? w * w,
      devError: world.metric?.(w) ?? w * w,
      norms,
      dTheta,
      states: [Float64Array.of(1)],
    });
  });
  const whole = config(meta);
  const opened = await createRun(folder, whole);
  const theta = {
    c: { shape: [1, 1], data: Float64Array.of(start) },
    V: { shape: [1, 1], data: Float64Array.of(0) },
  };
  const { family, architecture } = whole.teacher;
  const initial = { spec: { family, architecture, classes: 2, features: 1 }, theta };
  const end = await runMetaTraining(whole, initial, opened, executor);
  await opened.folder.close();
  return { w: end.theta.c!.data[0]!, end, metrics: await readMetrics(folder) };
}

const bowl = { error: (w: number) => Math.min(1, w * w) };

test("θ follows the mean hypergradient downhill, and the best on validation is kept", async () => {
  const { w, end } = await trainIn(
    { ...bowl, gradient: (x) => 2 * x },
    { steps: 20, clip: 10, clipFactor: 10 },
  );
  expect(w).toBeCloseTo(0.8 ** 20, 12);
  expect(end.best).toMatchObject({ metaStep: 20, candidate: "theta" });
});

test("hypergradients that explode are skipped, counted and shown; θ stays finite and where it was", async () => {
  const { w, end, metrics } = await trainIn({ ...bowl, gradient: () => "exploded" }, { steps: 4 });
  expect(w).toBe(1);
  expect(end.skipped).toBe(8);
  const lines = metrics.filter((line) => "students" in line);
  expect(lines.map((line) => line.skipped)).toEqual([2, 4, 6, 8]);
  expect(lines[0]).toMatchObject({ metric: null, gradientNorm: 0, students: ["exploded", "exploded"] });
});

test("where no student is usable, θ goes back to where the error was least, and nears what is lost by half steps", async () => {
  // Stable below 3; the hypergradient always points up and out of there, and so does M.
  const world: World = { ...bowl, metric: (w) => 10 - w, gradient: (w) => (w > 3 ? "non-finite" : -1) };
  const { w, end } = await trainIn(world, { steps: 200, learningRate: 0.2 });
  expect(w).toBeGreaterThan(2);
  expect(w).toBeLessThan(3.3);
  expect(end.skipped).toBeGreaterThan(0);
});

test("one student's huge hypergradient counts as two usual ones", async () => {
  const world: World = { ...bowl, gradient: (_, call) => (call === 9 ? 1000 : 0.1) };
  const { w } = await trainIn(world, { steps: 5, clip: 1e9 });
  // Nine of 0.1 and one of 0.2, two a step, rate 0.1.
  expect(w).toBeCloseTo(1 - (0.1 * (9 * 0.1 + 0.2)) / 2, 12);
});

test("back-off: lost meta-steps halve the rate, which recovers; |dω_t| and φ's change are in the metrics", async () => {
  // Two meta-steps of two students are lost, then all is well.
  const world: World = { ...bowl, gradient: (_, call) => (call < 4 ? "exploded" : 0.1) };
  const { metrics } = await trainIn(world, { steps: 4 });
  const lines = metrics.filter((line) => "students" in line);
  const rates = lines.map((line) => line.learningRate as number);
  expect(rates.slice(0, 3)).toEqual([0.1, 0.05, 0.025]);
  expect(rates[3]).toBeCloseTo(0.025 * 2 ** 0.25, 12);
  expect(lines[2]).toMatchObject({
    stepShare: 1,
    cotangents: {
      steps: [8, 0],
      norms: [
        [1, 1],
        [1, 1],
      ],
    },
  });
  // gain: φ = e^c, at c = 1 a step of 0.025·0.1.
  expect(lines[2]!.phiChange).toBeCloseTo(1 - Math.exp(-0.0025), 6);
});

test("the trust region bounds what a meta-step changes of φ, whatever the rate", async () => {
  const world: World = { ...bowl, gradient: () => -100 };
  const { w, metrics } = await trainIn(world, { steps: 1, learningRate: 10, clip: 1e9, trustRegion: 0.2 });
  expect(Math.exp(w - 1) - 1).toBeLessThanOrEqual(0.2);
  expect(w).toBeGreaterThan(1.1);
  const line = metrics.find((line) => "students" in line);
  expect(line!.stepShare).toBeLessThan(0.001);
});

test("θ goes back where the error is half as large again for all students, at half the rate", async () => {
  const world: World = { ...bowl, metric: (w) => (w > 2 ? 0.9 : 0.4 - w / 10), gradient: () => -1 };
  const { metrics } = await trainIn(world, { steps: 8, learningRate: 0.4 });
  const lines = metrics.filter((line) => "students" in line);
  // w: 1, 1.4, 1.8, 2.2 (a setback), 1.8, 2 by half a step, then 2 and a quarter more.
  expect(lines.map((line) => line.setback)).toEqual([0, 0, 0, 1, 0, 0, 1, 0].map(Boolean));
  expect(lines[4]!.learningRate).toBeCloseTo(0.2, 12);
  expect(lines[3]).toMatchObject({ metric: 0.9, phiChange: 0, stepShare: 0 });
});

test("past the edge the largest hypergradient decides, and its direction is given up after two steps that the error doesn't confirm", async () => {
  // Down is right, and the first two meta-steps' largest say up.
  const world: World = {
    ...bowl,
    metric: (w) => 0.5 + w / 10,
    growth: () => 1e6,
    gradient: (_, call) => (call % 2 === 0 ? 1 : call < 4 ? -1e9 : 1e7),
  };
  const { w, metrics } = await trainIn(world, { steps: 6, optimizer: "adam", learningRate: 0.1 });
  const lines = metrics.filter((line) => "students" in line);
  expect(lines.map((line) => line.setback)).toEqual([0, 0, 1, 0, 0, 0].map(Boolean));
  expect(lines.map((line) => line.pastTheEdge)).toEqual(Array(6).fill(true));
  expect(lines[2]!.metric).toBeGreaterThan(lines[0]!.metric as number);
  // Back at 1, and Adam begun anew: three steps of the rate downwards.
  expect(w).toBeCloseTo(0.7, 6);
});

test("hypergradients too long for float64's squares decide as the longest do, and leave the run's numbers finite", async () => {
  const world: World = { ...bowl, growth: () => Infinity, gradient: (_, call) => (call % 2 ? 1e140 : -1) };
  const { w, metrics } = await trainIn(world, { steps: 1, optimizer: "adam", learningRate: 0.1 });
  expect(w).toBeCloseTo(0.9, 6);
  expect(Number.isFinite(metrics.find((line) => "students" in line)!.gradientNorm)).toBe(true);
});

test.each([0, -1, 1.5])(
  "batches of %s examples are refused before anything is written",
  async (batchSize) => {
    const bad = { ...config({}), recipe: { ...defaultRecipe, batchSize } };
    const run = join(folder, "run");
    await expect(trainToFolder({ run, config: bad, workers: 1 })).rejects.toThrow(
      /^The setting recipe\.batchSize isn't valid: .* Change its flag\.$/,
    );
    await expect(access(run)).rejects.toThrow("ENOENT");
  },
);
