import * as tf from "@tensorflow/tfjs-core";
import { runLesson, uploadCoefficients, type Emission } from "@lectern/client/lesson";
import type { PlainTensor } from "@lectern/shared/teacher";
import { carry, needsCarry, normHere, type Carried } from "./carried.ts";
import { slotsOf } from "./estimator.ts";
import type { History, OpenHistory } from "./history.ts";
import { isHostBackend } from "./host-values.ts";
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

type Backward = Pick<
  HypergradientResult,
  "status" | "dTheta" | "log2Scale" | "dWeights" | "norms" | "lostAt"
>;

/** From dω_T to dω_0 (or where the history begins) and dθ. Consumes `start`. */
async function reverse(
  problem: HypergradientProblem,
  emissions: readonly Emission[],
  history: History,
  products: Products,
  start: Cotangent,
  { explosion = Infinity, signal }: HypergradientOptions,
): Promise<Backward> {
  const { student, guide, recipe } = problem;
  const { adjoint, first } = history;
  const gradient: ThetaGradient = createThetaGradient(problem.spec, problem.theta);
  const norms: { step: number; norm: number }[] = [{ step: recipe.steps, norm: await normOf(start.weights) }];
  // Elsewhere a look at dω would wait for the device at each step: there it is at each emission.
  const looksEachStep = isHostBackend();
  let carried: Carried = { cotangent: start, exponent: 0 };
  if (needsCarry(norms[0]!.norm, 0)) carried = carry(carried, norms[0]!.norm);
  let dPhi: Record<string, tf.Tensor> | undefined;
  const collect = async (emission: Emission): Promise<void> => {
    if (dPhi) await gradient.add(problem.stateOf(emission), dPhi, carried.exponent);
    tf.dispose(dPhi ?? []);
    dPhi = undefined;
  };
  const end = (status: "cut" | "ok"): Backward => ({
    status,
    dTheta: gradient.total,
    log2Scale: gradient.log2Scale,
    norms,
  });
  try {
    for (let e = emissions.length - 1; e >= 0; e--) {
      const emission = emissions[e]!;
      const last = (emissions[e + 1]?.step ?? recipe.steps) - 1;
      const earliest = Math.max(emission.step, first);
      if (last < earliest) break;
      const phi = asVariables(uploadCoefficients(emission.phi));
      let lostAt: number | undefined;
      for (let step = last; step >= earliest && lostAt === undefined; step--) {
        const { weights, slots } = history.at(step);
        const batch = batchOf(problem, step);
        const point = { student, guide, phi, batch, weights, slots, rate: rateOf(problem, step), step };
        if (step === last) await products.check?.(point, carried.cotangent, adjoint);
        const result = products.step(point, carried.cotangent, adjoint);
        tf.dispose([carried.cotangent, batch, weights, slots]);
        carried = { ...carried, cotangent: result.cotangent };
        const size = looksEachStep
          ? normHere([...result.cotangent.weights, ...result.cotangent.slots.flat()])
          : 0;
        if (Number.isFinite(size)) dPhi = dPhi ? sumAndDispose(dPhi, result.dPhi) : result.dPhi;
        else {
          tf.dispose(result.dPhi);
          lostAt = step;
        }
        if (needsCarry(size, carried.exponent)) {
          await collect(emission);
          carried = carry(carried, size);
        }
      }
      tf.dispose(phi);
      const norm = await normOf(carried.cotangent.weights);
      norms.push({ step: lostAt ?? earliest, norm: norm * 2 ** carried.exponent });
      if (lostAt === undefined && !Number.isFinite(norm)) {
        tf.dispose(dPhi ?? []);
        dPhi = undefined;
        lostAt = earliest;
      }
      await collect(emission);
      if (signal?.aborted) return { status: "aborted", norms };
      if (lostAt !== undefined)
        return gradient.isFinite && lostAt < recipe.steps - 1
          ? { ...end("cut"), lostAt }
          : { status: "non-finite", norms, lostAt };
      if (products.kinked) return { status: "kinked", norms };
      if (norm * 2 ** carried.exponent > explosion * Math.max(norms[0]!.norm, 1e-6))
        return { status: "exploded", norms };
      if (needsCarry(norm, carried.exponent)) carried = carry(carried, norm);
    }
    if (!gradient.isFinite) return { status: "non-finite", norms };
    if (first > 0 || carried.exponent > 0) return end("ok");
    return { ...end("ok"), dWeights: await Promise.all(carried.cotangent.weights.map(toPlain)) };
  } finally {
    tf.dispose([carried.cotangent, dPhi ?? []]);
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
  if (isHostBackend()) return normHere(tensors);
  const square = tf.tidy(() => tensors.map((t) => tf.sum(tf.square(t))).reduce((a, b) => tf.add(a, b)));
  const value = (await square.data())[0]!;
  square.dispose();
  return Math.sqrt(value);
}

async function toPlain(tensor: tf.Tensor): Promise<PlainTensor> {
  return { shape: tensor.shape, data: Float64Array.from(await tensor.data()) };
}
