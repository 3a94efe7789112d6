import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { useBackend } from "../backend/index.ts";
import { biasOf } from "../golden/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { estimatorOf } from "./estimator-name.ts";
import type { Estimator } from "./estimator.ts";
import { openSmallProblem, type SmallProblemOptions } from "./estimators.fixture.ts";
import type { Metric } from "./metric.ts";
import type { HypergradientOptions, HypergradientResult } from "./problem.ts";
import type { ProductMethod } from "./products.ts";
import { reverseStep } from "./reverse-step.ts";
import { createReversible } from "./reversible.ts";
import { createStore } from "./store.ts";

const sgd: OptimizerSpec = { kind: "sgd", learningRate: 0.5, weightDecay: 1e-2 };
const momentum: OptimizerSpec = { kind: "momentum", learningRate: 0.2, momentum: 0.9, weightDecay: 1e-2 };
const adam: OptimizerSpec = {
  kind: "adam",
  learningRate: 0.05,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay: 0,
};

/** |dω_t| grows a little. */
const exploding: SmallProblemOptions = {
  optimizer: { ...sgd, learningRate: 4 },
  steps: 12,
  schedule: "constant",
};

type Ran = HypergradientResult & { readonly final: Float32Array[] };

/** Runs estimators on the same problem, each from ω₀. */
async function run(
  options: SmallProblemOptions,
  estimators: readonly Estimator[],
  given: HypergradientOptions = {},
): Promise<Ran[]> {
  const small = await openSmallProblem(options);
  const results: Ran[] = [];
  for (const { estimate } of estimators) {
    small.reset();
    const result = await estimate(small.problem, given);
    results.push({
      ...result,
      final: small.problem.student.variables.map((v) => (v.dataSync() as Float32Array).slice()),
    });
  }
  small.dispose();
  return results;
}

const named = (...names: string[]): Estimator[] => names.map(estimatorOf);
const plain = (list: HypergradientResult["dTheta"]) =>
  Object.fromEntries(
    Object.entries(list!).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Array.from(data) },
    ]),
  );
const biasAgainst = (reference: HypergradientResult, result: HypergradientResult) =>
  biasOf(result.dTheta!, plain(reference.dTheta));

const students: [string, Partial<SmallProblemOptions>][] = [
  ["a linear student", { hidden: 0 }],
  ["a tanh network", {}],
  ["batch norm", { batchNorm: true }],
];
const optimizers: [string, OptimizerSpec][] = [
  ["sgd", sgd],
  ["momentum", momentum],
  ["adam", adam],
];
const lessons = students.flatMap(([student, options]) =>
  optimizers.map(
    ([optimizer, spec]) => [`${student}, ${optimizer}`, { optimizer: spec, steps: 10, ...options }] as const,
  ),
);

/** All on one backend, the widest on the other: what differs between lessons isn't the backend's. */
const lessonsOn = { wasm: lessons, cpu: lessons.slice(-1) };

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installOverlay();
  });

  test.each(lessonsOn[backend])(
    "checkpoint replays bit for bit, with any number of places: %s",
    async (_, options) => {
      const names = ["store", "checkpoint", "checkpoint:2", "checkpoint:100"];
      const [store, ...others] = await run(options, named(...names));
      expect(store!.status).toBe("ok");
      for (const other of others) expect(other).toEqual(store);
    },
  );

  test.each([
    ["γ = 0.9", 0.9],
    ["γ = 0.5", 0.5],
    ["γ no short fraction", Math.SQRT1_2],
  ])("reversible agrees with store on the same fixed-point dynamics: %s", async (_, gamma) => {
    const optimizer: OptimizerSpec = { ...momentum, momentum: gamma } as OptimizerSpec;
    const [store, reversible] = await run({ optimizer, steps: 40 }, [
      createStore({ fixedPoint: true }),
      createReversible(),
    ]);
    expect(store!.status).toBe("ok");
    expect(reversible).toEqual(store);
  });

  test.each([40, 100])("a dω of 2^%i, beyond what float32 squares, is carried exactly", async (exponent) => {
    const [usual, large] = [await openSmallProblem(exploding), await openSmallProblem(exploding)];
    const { problem } = large;
    const metric: Metric = {
      name: "large",
      values: (logits, target) => tf.mul(problem.metric.values(logits, target), 2 ** exponent) as tf.Tensor1D,
    };
    const here = await createStore().estimate(usual.problem);
    const there = await createStore().estimate({ ...problem, metric });
    expect(there.status).toBe("ok");
    expect(there.norms.map(({ norm }) => norm)).toEqual(here.norms.map(({ norm }) => norm * 2 ** exponent));
    for (const [name, { data }] of Object.entries(here.dTheta!))
      expect(there.dTheta![name]!.data).toEqual(Float64Array.from(data, (v) => v * 2 ** exponent));
    expect(there.log2Scale).toBe(0);
    usual.dispose();
    large.dispose();
  });

  test("a dω that isn't finite is named by its step; dθ is of the steps after it", async () => {
    // Products that fail at one step: as a kernel's would.
    const failing = (at: number): ProductMethod => ({
      exact: true,
      open: () => ({
        kinked: false,
        step(point, after, adjoint) {
          const { cotangent, dPhi } = reverseStep(point, after, adjoint);
          if (point.step !== at) return { cotangent, dPhi };
          const weights = tf.tidy(() => cotangent.weights.map((t) => tf.mul(t, Number.NaN)));
          tf.dispose(cotangent.weights);
          return { cotangent: { ...cotangent, weights }, dPhi };
        },
      }),
    });
    const before = tf.memory().numTensors;
    const options = { optimizer: sgd, steps: 10 };
    const [cut, lost, truncated] = await run(options, [
      createStore({ products: failing(4) }),
      createStore({ products: failing(9) }),
      ...named("truncated:5"),
    ]);
    expect(cut).toMatchObject({ status: "cut", lostAt: 4, dTheta: truncated!.dTheta });
    expect(cut!.dWeights).toBeUndefined();
    expect(lost).toMatchObject({ status: "non-finite", lostAt: 9 });
    expect(lost!.dTheta).toBeUndefined();
    expect(tf.memory().numTensors - before).toBe(0);
  });

  test("reversible recovers ω₀ and v₀ bit for bit", async () => {
    const small = await openSmallProblem({ optimizer: momentum, steps: 150 });
    const begun = small.problem.student.variables.flatMap((v) => [...(v.dataSync() as Float32Array)]);
    let found: { weights: number[]; still: boolean } | undefined;
    const { status } = await createReversible({
      onStart: ({ weights, momentum }) => {
        found = {
          weights: [...weights].map((w) => w / 2 ** 38),
          still: momentum.subarray(0, weights.length).every((m) => m === 0),
        };
      },
    }).estimate(small.problem);
    small.dispose();
    expect(status).toBe("ok");
    expect(found).toEqual({
      weights: begun.map((w) => Math.floor(w * 2 ** 38 + 0.5) / 2 ** 38),
      still: true,
    });
  });

  test("fixed point is momentum SGD: its hypergradient is store's in float32 to 1e-5", async () => {
    const [store, reversible] = await run({ optimizer: momentum, steps: 30 }, named("store", "reversible"));
    expect(biasAgainst(store!, reversible!).error).toBeLessThan(1e-5);
    expect(reversible!.metric).toBeCloseTo(store!.metric, 6);
  });

  test.each(lessonsOn[backend])("central differences: %s", async (_, options) => {
    const [store, differences] = await run(options, named("store", "central-difference"));
    expect(differences!.status).toBe("ok");
    expect(biasAgainst(store!, differences!).error).toBeLessThan(2e-3);
    expect(differences!.final).toEqual(store!.final);
  });

  test("central differences go with every estimator that goes backwards", async () => {
    const names = ["central-difference", "store+central-difference", "checkpoint+central-difference"];
    const [one, same, other] = await run({ optimizer: sgd, steps: 12 }, named(...names));
    expect(same).toEqual(one);
    expect(other).toEqual(one);
  });

  test("truncation at K ≥ T is store, and a smaller K has a smaller cosine", async () => {
    const names = ["store", "truncated:12", "truncated:9", "truncated:3"];
    const [store, whole, more, less] = await run({ optimizer: sgd, steps: 12 }, named(...names));
    expect(whole).toEqual(store);
    expect(more!.dWeights).toBeUndefined();
    const cosines = [more!, less!].map((result) => biasAgainst(store!, result).cosine);
    expect(cosines[0]).toBeGreaterThan(cosines[1]!);
    expect(cosines[0]).toBeLessThan(1);
    expect(less!.norms.at(-1)!.step).toBe(9);
  });

  test("estimators free their tensors, also when they are stopped", async () => {
    for (const name of ["store", "checkpoint:2", "reversible", "truncated:4", "central-difference", "pes:2"])
      for (const aborted of [false, true]) {
        const small = await openSmallProblem({ optimizer: momentum, steps: 9, batchNorm: true });
        const before = tf.memory().numTensors;
        const { status } = await estimatorOf(name).estimate(small.problem, {
          ...(aborted && { signal: AbortSignal.abort() }),
        });
        expect([name, status]).toEqual([name, aborted ? "aborted" : "ok"]);
        expect([name, tf.memory().numTensors - before]).toEqual([name, 0]);
        small.dispose();
      }
  });
});

describe("pes", () => {
  beforeAll(async () => {
    await useBackend("cpu");
    installOverlay();
  });

  test("its mean over many pairs is the hypergradient, within its standard error", async () => {
    // Few numbers in θ matter here, so that the noise of one estimate is not hundreds of times the gradient.
    const options: SmallProblemOptions = { optimizer: sgd, steps: 6, hidden: 0 };
    const [store] = await run(options, named("store"));
    const draws = 40;
    const small = await openSmallProblem(options);
    const estimates: number[][] = [];
    const flat = (theta: HypergradientResult["dTheta"]) =>
      Object.values(theta!).flatMap(({ data }) => Array.from(data));
    for (let seed = 0; seed < draws; seed++) {
      small.reset();
      const { dTheta } = await estimatorOf("pes:4:3").estimate(small.problem, { seed });
      estimates.push(flat(dTheta));
    }
    small.dispose();
    const truth = flat(store!.dTheta);
    // χ² of the mean's deviations in units of their standard errors: 1 each, if there is no bias.
    const scores = truth.map((exact, i) => {
      const values = estimates.map((e) => e[i]!);
      const mean = values.reduce((a, b) => a + b, 0) / draws;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (draws - 1);
      return variance === 0 ? 0 : (mean - exact) ** 2 / (variance / draws);
    });
    const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
    expect(mean).toBeLessThan(1.6);
    const average = truth.map((_, i) => estimates.reduce((sum, e) => sum + e[i]!, 0) / draws);
    const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    expect(dot(average, truth) / Math.sqrt(dot(average, average) * dot(truth, truth))).toBeGreaterThan(0.8);
  });

  test("the same seed gives the same bits, another seed others", async () => {
    const options: SmallProblemOptions = { optimizer: momentum, steps: 6 };
    const [first] = await run(options, named("pes:2"), { seed: 4 });
    const [again] = await run(options, named("pes:2"), { seed: 4 });
    const [other] = await run(options, named("pes:2"), { seed: 5 });
    expect(again).toEqual(first);
    expect(other!.dTheta).not.toEqual(first!.dTheta);
    expect(other!.final).toEqual(first!.final);
  });
});

describe("a lesson that diverges is a result", () => {
  test.each(["store", "checkpoint", "reversible", "truncated:5", "central-difference", "pes"])(
    "%s",
    async (name) => {
      await useBackend("cpu");
      const optimizer: OptimizerSpec = { ...momentum, learningRate: 1e12 } as OptimizerSpec;
      const [result] = await run({ optimizer, steps: 30, hidden: 0 }, named(name));
      expect(result!.status).toBe("diverged");
      expect(result!.dTheta).toBeUndefined();
    },
  );
});
