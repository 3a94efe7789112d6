import * as tf from "@tensorflow/tfjs-core";
import { gatherBatch, rateAt, runLesson, uploadCoefficients, type Emission } from "@lectern/client/lesson";
import type { PlainTensor } from "@lectern/shared/teacher";
import { updateAdjoint } from "./adjoint.ts";
import { differentiateMetric } from "./metric.ts";
import type {
  Estimator,
  HypergradientOptions,
  HypergradientProblem,
  HypergradientResult,
} from "./problem.ts";
import { reverseStep, type Cotangent } from "./reverse-step.ts";
import { createThetaGradient, type ThetaGradient } from "./teacher-gradient.ts";
import { createTrace, type Trace } from "./trace.ts";

/**
 * Exact reverse-mode differentiation with every ω_t stored: one gradient forwards, one double backward per step
 * backwards; memory T·|ω|. Install the overlay first, and check the model with `assertCovered`.
 */
export const storeEstimator: Estimator = async (problem, options = {}) => {
  const { student, metric, metaDev, recipe } = problem;
  const adjoint = updateAdjoint(recipe.optimizer);
  const trace = createTrace({ withSlots: adjoint.readsGradients });
  const slotCount = { sgd: 0, momentum: 1, adam: 2 }[recipe.optimizer.kind];
  const statistics = student.statistics.map((v) => v.clone());
  try {
    const lesson = await runLesson({
      ...problem,
      signal: options.signal,
      record: (_, slots) => trace.push(student.variables, slots),
    });
    const { emissions } = lesson;
    if (lesson.status !== "completed") return failure(lesson.status, emissions);
    tf.dispose(statistics.splice(0));
    statistics.push(...student.statistics.map((v) => v.clone()));
    const { value, error, gradients } = await differentiateMetric(metric, student, metaDev);
    const final = student.variables.map((v) => v.clone());
    const zeros = Array.from({ length: slotCount }, () => student.variables.map((v) => tf.zerosLike(v)));
    const backward = await reverse(problem, emissions, trace, { weights: gradients, slots: zeros }, options);
    for (const [i, variable] of student.variables.entries()) variable.assign(final[i]!);
    tf.dispose(final);
    return { metric: value, devError: error, emissions, ...backward };
  } finally {
    // Forward passes in training mode moved them: the student keeps those of its lesson.
    for (const [i, variable] of student.statistics.entries())
      if (statistics[i]) variable.assign(statistics[i]);
    tf.dispose(statistics);
    trace.dispose();
  }
};

function failure(status: "diverged" | "aborted", emissions: readonly Emission[]): HypergradientResult {
  return { status, metric: Number.NaN, devError: Number.NaN, norms: [], emissions };
}

type Backward = Pick<HypergradientResult, "status" | "dTheta" | "dWeights" | "norms">;

/** From dω_T to dω_0 and dθ. Consumes `start`. */
async function reverse(
  problem: HypergradientProblem,
  emissions: readonly Emission[],
  trace: Trace,
  start: Cotangent,
  { explosion = 1e6, signal }: HypergradientOptions,
): Promise<Backward> {
  const { student, guide, recipe, train, batches } = problem;
  const adjoint = updateAdjoint(recipe.optimizer);
  const gradient: ThetaGradient = createThetaGradient(problem.spec, problem.theta);
  const norms: { step: number; norm: number }[] = [{ step: recipe.steps, norm: await normOf(start.weights) }];
  let cotangent = start;
  try {
    for (let e = emissions.length - 1; e >= 0; e--) {
      const emission = emissions[e]!;
      const last = (emissions[e + 1]?.step ?? recipe.steps) - 1;
      const phi = asVariables(uploadCoefficients(emission.phi));
      let dPhi: Record<string, tf.Tensor> | undefined;
      for (let step = last; step >= emission.step; step--) {
        const batch = gatherBatch(train, batches.indices(step));
        const { weights, slots } = trace.at(step);
        const rate = rateAt(recipe.optimizer.learningRate, recipe.schedule, step, recipe.steps);
        const point = { student, guide, phi, batch, weights, slots, rate, step };
        const result = reverseStep(point, cotangent, adjoint);
        tf.dispose([cotangent, batch, weights, slots]);
        cotangent = result.cotangent;
        dPhi = dPhi ? sumAndDispose(dPhi, result.dPhi) : result.dPhi;
      }
      const norm = await normOf(cotangent.weights);
      norms.push({ step: emission.step, norm });
      if (Number.isFinite(norm) && dPhi) await gradient.add(problem.stateOf(emission), dPhi);
      tf.dispose([phi, dPhi ?? []]);
      if (signal?.aborted) return { status: "aborted", norms };
      if (!Number.isFinite(norm)) return { status: "non-finite", norms };
      if (norm > explosion * Math.max(norms[0]!.norm, 1e-6)) return { status: "exploded", norms };
    }
    const dTheta = gradient.total;
    if (!Object.values(dTheta).every(({ data }) => data.every(Number.isFinite)))
      return { status: "non-finite", norms };
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
