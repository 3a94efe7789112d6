import * as tf from "@tensorflow/tfjs-core";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { runLesson, type Emission, type Guide } from "@lectern/client/lesson";
import { plainAlgebra, type PlainTensor } from "@lectern/shared/teacher";
import { emitAny } from "../recurrent/index.ts";
import { createRandom } from "../task/index.ts";
import { floatBytes, type Estimator } from "./estimator.ts";
import { differentiateMetric, measureMetric } from "./metric.ts";
import type { HypergradientOptions, HypergradientProblem, HypergradientResult } from "./problem.ts";
import { failure } from "./reverse-mode.ts";

export interface PesOptions {
  /** Antithetic pairs of perturbed lessons. Default 8. */
  readonly pairs?: number | undefined;
  /** K: steps under one perturbation of θ, after which another is added. Default T/4. */
  readonly unroll?: number | undefined;
  /** σ, of every number of θ. */
  readonly spread?: number;
  readonly name?: string;
}

type Theta = Readonly<Record<string, PlainTensor>>;

const host = plainAlgebra(Float64Array);

/**
 * Persistent evolution strategies (Vicol, Metz & Sohl-Dickstein 2021, algorithm 2), antithetic: each unroll of K steps
 * runs under θ ± σε_k with an ε_k of its own, and what M changes by in an unroll is credited to all perturbations up to
 * then: dθ = Σ_k (p_k⁺ − p_k⁻)/2σ² · Σ_{j≤k} σε_j, p_k = M_k − M_{k−1}. Forward only: no second-order kernels, no
 * history; M may be anything. Unbiased but for O(σ²), with a variance that grows with the numbers in θ.
 *
 * States are a plain lesson's, recorded before: s_t is a constant for differentiation, as it is going backwards. K counts
 * up to the next emission, since φ changes there only.
 */
export function createPes({
  pairs = 8,
  unroll,
  spread = 0.03,
  name = `pes:${pairs}${unroll === undefined ? "" : `:${unroll}`}`,
}: PesOptions = {}): Estimator {
  return {
    name,
    exact: false,
    objection: () => undefined,
    // ω₀ and ω_T.
    historyBytes: ({ weights }) => 2 * weights * floatBytes,
    estimate: (problem, options = {}) =>
      estimate(problem, { pairs, spread, unroll: unroll ?? Math.ceil(problem.recipe.steps / 4) }, options),
  };
}

async function estimate(
  problem: HypergradientProblem,
  settings: Required<Omit<PesOptions, "name">> & { unroll: number; pairs: number },
  { seed = 0, signal }: HypergradientOptions,
): Promise<HypergradientResult> {
  const { student, metric, metaDev, theta } = problem;
  const all = [...student.variables, ...student.statistics];
  const assign = (values: readonly tf.Tensor[]) => {
    for (const [i, value] of values.entries()) all[i]!.assign(value);
  };
  const start = all.map((v) => v.clone());
  let final: tf.Tensor[] = [];
  try {
    const lesson = await runLesson({ ...problem, signal });
    const { emissions } = lesson;
    if (lesson.status !== "completed") return failure(lesson.status, emissions);
    final = all.map((v) => v.clone());
    const { value, error, gradients } = await differentiateMetric(metric, student, metaDev);
    tf.dispose(gradients);
    const result = { metric: value, devError: error, norms: [], emissions };
    const starts = unrollStarts(emissions, settings.unroll);
    const random = normal(seed);
    const total = mapTheta(theta, () => 0);
    for (let pair = 0; pair < settings.pairs; pair++) {
      const noise = starts.map(() => mapTheta(theta, () => settings.spread * random()));
      const values: number[][] = [];
      for (const sign of [1, -1]) {
        assign(start);
        const measured = await perturbedLesson(problem, emissions, { starts, noise, sign, signal });
        if (measured === "aborted") return { ...result, status: "aborted" };
        values.push(measured);
      }
      credit(total, noise, values as [number[], number[]], settings);
    }
    const finite = Object.values(total).every(({ data }) => data.every(Number.isFinite));
    return finite ? { ...result, status: "ok", dTheta: total } : { ...result, status: "non-finite" };
  } finally {
    assign(final);
    tf.dispose([start, final]);
  }
}

/** Numbers of the emissions that begin an unroll: the first at or after each multiple of K. */
function unrollStarts(emissions: readonly Emission[], unroll: number): number[] {
  return emissions
    .map(({ step }, i) => ({ i, unroll: Math.floor(step / unroll) }))
    .filter((own, i, list) => i === 0 || own.unroll > list[i - 1]!.unroll)
    .map(({ i }) => i);
}

interface Perturbation {
  readonly starts: readonly number[];
  readonly noise: readonly Theta[];
  readonly sign: number;
  readonly signal: AbortSignal | undefined;
}

/** A lesson under θ ± ε; gives M at the end of each unroll, NaN where it diverged. */
async function perturbedLesson(
  problem: HypergradientProblem,
  recorded: readonly Emission[],
  { starts, noise, sign, signal }: Perturbation,
): Promise<number[] | "aborted"> {
  const { student, spec, theta, metric, metaDev } = problem;
  const ends: number[] = [];
  let [emitted, unroll] = [0, -1];
  let perturbed = theta;
  const guide: Guide = {
    ...problem.guide,
    needsDev: false,
    emit() {
      const state = problem.stateOf(recorded[emitted]!);
      if (starts[unroll + 1] === emitted) {
        unroll++;
        const own = noise[unroll]!;
        perturbed = mapTheta(theta, (name, i) => theta[name]!.data[i]! + sign * own[name]!.data[i]!);
      }
      emitted++;
      return emitAny(host, spec, perturbed, host.tensor(state, [state.length]), state.length / spec.features);
    },
  };
  const { status } = await runLesson({
    ...problem,
    guide,
    signal,
    async onEmission() {
      // The first unroll has nothing behind it.
      if (unroll > 0 && starts[unroll] === emitted - 1)
        ends.push(await measureMetric(metric, student, metaDev));
    },
  });
  if (status === "aborted") return status;
  ends.push(status === "completed" ? await measureMetric(metric, student, metaDev) : Number.NaN);
  return ends;
}

/** Adds one pair's share to `total`. M₀ is the same in both, and cancels. */
function credit(
  total: Theta,
  noise: readonly Theta[],
  [plus, minus]: [number[], number[]],
  { pairs, spread }: { pairs: number; spread: number },
): void {
  const sum = mapTheta(total, () => 0);
  const difference = (k: number): number => (k < 0 ? 0 : plus[k]! - minus[k]!);
  for (const [k, own] of noise.entries()) {
    const change = (difference(k) - difference(k - 1)) / (2 * spread ** 2 * pairs);
    for (const [name, { data }] of Object.entries(sum))
      for (const [i, e] of own[name]!.data.entries()) {
        data[i]! += e;
        total[name]!.data[i]! += data[i]! * change;
      }
  }
}

function mapTheta(like: Theta, value: (name: string, i: number) => number): Theta {
  return Object.fromEntries(
    Object.entries(like).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (_, i) => value(name, i)) },
    ]),
  );
}

/** Normal numbers from a seed (Box & Muller 1958). */
function normal(seed: number): () => number {
  const random = createRandom(seed);
  return () =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
}
