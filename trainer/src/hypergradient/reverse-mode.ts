import * as tf from "@tensorflow/tfjs-core";
import { runLesson, uploadCoefficients, type Emission } from "@lectern/client/lesson";
import type { PlainTensor } from "@lectern/shared/teacher";
import { slotsOf } from "./estimator.ts";
import type { History, OpenHistory } from "./history.ts";
import { differentiateMetric } from "./metric.ts";
import type { HypergradientOptions, HypergradientProblem, HypergradientResult } from "./problem.ts";
import type { ProductMethod, Products } from "./products.ts";
import { batchOf, rateOf } from "./replay.ts";
import type { Cotangent } from "./reverse-step.ts";
import { createThetaGradient, type ThetaGradient } from "./teacher-gradient.ts";

/**
 * Reverse-mode differentiation of a lesson (L2T-DLF, NeurIPS 2018, algorithm 1): forwards once, ∂M/∂ω_T, and back step by
 * step. How the past is had again is the history's business, how products with the Hessian are is the method's.
 */
export async function reverseMode(
  problem: HypergradientProblem,
  openHistory: OpenHistory,
  method: ProductMethod,
  options: HypergradientOptions = {},
): Promise<HypergradientResult> {
  const { student, metric, metaDev, recipe } = problem;
  const history = openHistory(problem);
  const statistics = student.statistics.map((v) => v.clone());
  let final: tf.Tensor[] = [];
  try {
    const lesson = await runLesson({
      ...problem,
      rule: history.rule,
      signal: options.signal,
      record: (step, slots) => history.record(step, slots),
    });
    const { emissions } = lesson;
    if (lesson.status !== "completed") return failure(lesson.status, emissions);
    tf.dispose(statistics.splice(0));
    statistics.push(...student.statistics.map((v) => v.clone()));
    const { value, error, gradients } = await differentiateMetric(metric, student, metaDev);
    final = student.variables.map((v) => v.clone());
    const slots = Array.from({ length: slotsOf(recipe.optimizer) }, () =>
      student.variables.map((v) => tf.zerosLike(v)),
    );
    history.turn?.(emissions);
    const backward = await reverse(
      problem,
      emissions,
      history,
      method.open(),
      { weights: gradients, slots },
      options,
    );
    return { metric: value, devError: error, emissions, ...backward };
  } finally {
    for (const [i, weights] of final.entries()) student.variables[i]!.assign(weights);
    // Forward passes in training mode moved them: the student keeps those of its lesson.
    for (const [i, variable] of student.statistics.entries())
      if (statistics[i]) variable.assign(statistics[i]);
    tf.dispose([final, statistics]);
    history.dispose();
  }
}

/** What is known of a lesson that came to no end. */
export function failure(status: "diverged" | "aborted", emissions: readonly Emission[]): HypergradientResult {
  return { status, metric: Number.NaN, devError: Number.NaN, norms: [], emissions };
}

type Backward = Pick<HypergradientResult, "status" | "dTheta" | "dWeights" | "norms">;

/** From dω_T to dω_0 (or where the history begins) and dθ. Consumes `start`. */
async function reverse(
  problem: HypergradientProblem,
  emissions: readonly Emission[],
  history: History,
  products: Products,
  start: Cotangent,
  { explosion = 1e6, signal }: HypergradientOptions,
): Promise<Backward> {
  const { student, guide, recipe } = problem;
  const { adjoint, first } = history;
  const gradient: ThetaGradient = createThetaGradient(problem.spec, problem.theta);
  const norms: { step: number; norm: number }[] = [{ step: recipe.steps, norm: await normOf(start.weights) }];
  let cotangent = start;
  try {
    for (let e = emissions.length - 1; e >= 0; e--) {
      const emission = emissions[e]!;
      const last = (emissions[e + 1]?.step ?? recipe.steps) - 1;
      const earliest = Math.max(emission.step, first);
      if (last < earliest) break;
      const phi = asVariables(uploadCoefficients(emission.phi));
      let dPhi: Record<string, tf.Tensor> | undefined;
      for (let step = last; step >= earliest; step--) {
        const { weights, slots } = history.at(step);
        const batch = batchOf(problem, step);
        const point = { student, guide, phi, batch, weights, slots, rate: rateOf(problem, step), step };
        if (step === last) await products.check?.(point, cotangent, adjoint);
        const result = products.step(point, cotangent, adjoint);
        tf.dispose([cotangent, batch, weights, slots]);
        cotangent = result.cotangent;
        dPhi = dPhi ? sumAndDispose(dPhi, result.dPhi) : result.dPhi;
      }
      const norm = await normOf(cotangent.weights);
      norms.push({ step: earliest, norm });
      if (Number.isFinite(norm) && dPhi) await gradient.add(problem.stateOf(emission), dPhi);
      tf.dispose([phi, dPhi ?? []]);
      if (signal?.aborted) return { status: "aborted", norms };
      if (!Number.isFinite(norm)) return { status: "non-finite", norms };
      if (products.kinked) return { status: "kinked", norms };
      if (norm > explosion * Math.max(norms[0]!.norm, 1e-6)) return { status: "exploded", norms };
    }
    const dTheta = gradient.total;
    if (!Object.values(dTheta).every(({ data }) => data.every(Number.isFinite)))
      return { status: "non-finite", norms };
    if (first > 0) return { status: "ok", dTheta, norms };
    return { status: "ok", dTheta, dWeights: await Promise.all(cotangent.weights.map(toPlain)), norms };
  } finally {
    tf.dispose(cotangent);
    gradient.dispose();
  }
}

function asVariables(tensors: Record<string, tf.Tensor>): Record<string, tf.Variable> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const variable = tf.variable(tensor);
      tensor.dispose();
      return [name, variable];
    }),
  );
}

function sumAndDispose(
  a: Record<string, tf.Tensor>,
  b: Record<string, tf.Tensor>,
): Record<string, tf.Tensor> {
  const sums = tf.tidy(() =>
    Object.fromEntries(Object.keys(a).map((name) => [name, tf.add(a[name]!, b[name]!)])),
  );
  tf.dispose([a, b]);
  return sums;
}

async function normOf(tensors: readonly tf.Tensor[]): Promise<number> {
  const square = tf.tidy(() => tensors.map((t) => tf.sum(tf.square(t))).reduce((a, b) => tf.add(a, b)));
  const value = (await square.data())[0]!;
  square.dispose();
  return Math.sqrt(value);
}

async function toPlain(tensor: tf.Tensor): Promise<PlainTensor> {
  return { shape: tensor.shape, data: Float64Array.from(await tensor.data()) };
}
