import * as tf from "@tensorflow/tfjs-core";
import { studentGradients, updateRule, uploadCoefficients, type Guide } from "@lectern/client/lesson";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { emit, plainAlgebra, type Coefficients, type PlainTensor } from "@lectern/shared/teacher";
import { updateAdjoint } from "../hypergradient/adjoint.ts";
import { centralDifferences } from "../hypergradient/central-differences.ts";
import { exactProducts } from "../hypergradient/products.ts";
import { createThetaGradient, type ThetaGradient } from "../hypergradient/teacher-gradient.ts";
import type { OpenStep } from "./open-step.ts";
import { benchTeacher } from "./step-data.ts";

/** How `reverse` gets its Hessian product. */
export const strategies = ["exact", "central-difference"] as const;
export type Strategy = (typeof strategies)[number];

/** What the benchmark times, each the engine's own code on one and the same point ω_t. */
export interface Actions {
  /** One SGD step on cross-entropy: what training costs without a teacher. */
  ceStep(): Promise<void>;
  /** φ_t emitted, one SGD step on the loss that it makes: the forward unroll. */
  step(): Promise<void>;
  /** One exact step of reverse-mode differentiation, dφ_t pulled back to dθ. */
  reverse(): Promise<void>;
  /** The results of `reverse`: dω_t in the order of the student's variables, and −η ∂_θ∇_ω L·dω_{t+1}. */
  reverseResult(
    rate: number,
  ): Promise<{ dWeights: Float32Array[]; dTheta: Readonly<Record<string, PlainTensor>> }>;
}

const host = plainAlgebra(Float64Array);
const learningRate = 0.1;
const sgd: OptimizerSpec = { kind: "sgd", learningRate, weightDecay: 0 };

export function createActions(open: OpenStep, strategy: Strategy = "exact"): Actions {
  const products = (strategy === "exact" ? exactProducts : centralDifferences()).open();
  const { student, batch, weights, directions, data } = open;
  const rule = updateRule(sgd);
  const adjoint = updateAdjoint(sgd);
  const emitted = () => emit(host, benchTeacher, data.theta, host.tensor(data.state, [data.state.length]));
  const update = async (guide: Guide, phi: Coefficients<tf.Tensor>): Promise<void> => {
    const { gradients, loss, logits } = studentGradients(student, guide, phi, batch);
    const next = tf.tidy(() => rule.update(student.variables, gradients, [], learningRate, 0).weights);
    await finish(loss);
    tf.dispose([...gradients, ...next, loss, logits, ...Object.values(phi)]);
  };
  const reversed = async (rate: number, gradient: ThetaGradient) => {
    const phi = asVariables(uploadCoefficients(emitted()));
    const point = { student, guide: open.guide, phi, batch, weights, slots: [], rate, step: 0 };
    const { cotangent, dPhi } = products.step(point, { weights: directions, slots: [] }, adjoint);
    await gradient.add(data.state, dPhi);
    tf.dispose([Object.values(dPhi), Object.values(phi)]);
    return cotangent.weights;
  };
  // One a lesson.
  const gradient = createThetaGradient(benchTeacher, data.theta);
  return {
    ceStep: () => update(open.crossEntropy, {}),
    step: () => update(open.guide, uploadCoefficients(emitted())),
    async reverse() {
      const weights = await reversed(learningRate, gradient);
      await finish(weights[0]!);
      tf.dispose(weights);
    },
    async reverseResult(rate) {
      const own = createThetaGradient(benchTeacher, data.theta);
      const weights = await reversed(rate, own);
      const dWeights = await Promise.all(weights.map(async (t) => (await t.data<"float32">()).slice()));
      tf.dispose(weights);
      return { dWeights, dTheta: own.total };
    },
  };
}

/**
 * Waits for the device: reads one number, which on a GPU comes after all that was submitted before. The other backends are
 * done when they return.
 */
async function finish(tensor: tf.Tensor): Promise<void> {
  if (tf.getBackend() === "wasm" || tf.getBackend() === "cpu") return;
  const one = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1));
  await one.data();
  one.dispose();
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
