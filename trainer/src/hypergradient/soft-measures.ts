import * as tf from "@tensorflow/tfjs-core";
import { LecternError } from "@lectern/shared/errors";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { distances } from "../measure/index.ts";
import type { Metric } from "./metric.ts";

/**
 * Smooth forms of the measures of `../measure`: what they count of decisions is counted of q = softmax(k·p) instead, which
 * is nearly the decision itself at k = 50 (as the soft error's k, method.md). Like M, each is a mean over the examples of
 * a chunk: what isn't (F1, recall) is the chunk's value, for each of its examples.
 *
 * @returns undefined for a name of none of them
 */
export function softMeasureOf(name: string): Metric | undefined {
  const match =
    /^soft-(balanced-error|macro-f1|distance-cost|recall-at-precision:(0?\.\d+))(?::(\d+))?$/.exec(name);
  if (!match) return undefined;
  const [, measure, precision, sharpness] = match;
  const k = sharpness === undefined ? 50 : Number(sharpness);
  const values = precision
    ? softRecall(Number(precision), k)
    : { "balanced-error": softBalancedError, "macro-f1": softMacroF1, "distance-cost": softDistanceCost }[
        measure!
      ]!(k);
  return { name, measure: measure!, values };
}

type Values = Metric["values"];

const probabilities = (logits: tf.Tensor2D): tf.Tensor2D =>
  tf.exp(tensorFlowAlgebra.logSoftmax(logits)) as tf.Tensor2D;
/** softmax(k·p), [n, K]: shares of a decision. */
const shares = (logits: tf.Tensor2D, k: number): tf.Tensor2D =>
  tf.exp(tensorFlowAlgebra.logSoftmax(tf.mul(probabilities(logits), k))) as tf.Tensor2D;

/** Keeps a class that a chunk has no example of from dividing by nothing. */
const tiny = 1e-6;
const spread = (value: tf.Tensor, like: tf.Tensor2D): tf.Tensor1D =>
  tf.mul(tf.ones([like.shape[0]]), value) as tf.Tensor1D;

/** 1 − mean over classes of Σ y q / Σ y. */
const softBalancedError =
  (k: number): Values =>
  (logits, target) => {
    const right = tf.sum(tf.mul(shares(logits, k), target), 0);
    return spread(tf.sub(1, tf.mean(tf.div(right, tf.add(tf.sum(target, 0), tiny)))), logits);
  };

/** 1 − mean over classes of 2 Σ y q / (Σ y + Σ q). */
const softMacroF1 =
  (k: number): Values =>
  (logits, target) => {
    const q = shares(logits, k);
    const right = tf.mul(tf.sum(tf.mul(q, target), 0), 2);
    const both = tf.add(tf.add(tf.sum(target, 0), tf.sum(q, 0)), tiny);
    return spread(tf.sub(1, tf.mean(tf.div(right, both))), logits);
  };

/** Expected |y − decided|/(K − 1). The decision is that of least expected cost: softmin of it at k. */
const softDistanceCost =
  (k: number): Values =>
  (logits, target) => {
    const K = logits.shape[1];
    const cost = tf.mul(tf.tensor2d(distances(K), [K, K]), 1 / (K - 1));
    const expected = tf.matMul(probabilities(logits), cost as tf.Tensor2D);
    const q = tf.exp(tensorFlowAlgebra.logSoftmax(tf.mul(expected, -k)));
    return tf.sum(tf.mul(q, tf.matMul(target, cost as tf.Tensor2D)), 1) as tf.Tensor1D;
  };

/**
 * 1 − recall of class 1 at the threshold τ where precision is P. τ is that of the chunk's own scores, and moves with them:
 * dR = ∂R/∂s + λ·∂P/∂s with λ = −(∂R/∂τ)/(∂P/∂τ), from the implicit function theorem (as the Lagrangian of Eban et al.
 * 2017, "Scalable learning of non-decomposable objectives", at its optimum). λ is a constant here: its own slope is of
 * second order.
 */
const softRecall = (precision: number, k: number): Values => {
  // The log-odds' unit is about a tenth of a probability's around ½: k = 50 there is a width of 0.2 here.
  const width = 10 / k;
  return (logits, target) => {
    const odds = tf.sub(column(logits, 1), column(logits, 0)) as tf.Tensor1D;
    const positive = column(target, 1);
    const { threshold, slope } = tf.tidy(() =>
      operatingPoint(odds.dataSync(), positive.dataSync(), precision, width),
    );
    const passed = tf.sigmoid(tf.div(tf.sub(odds, threshold), width));
    const right = tf.sum(tf.mul(passed, positive));
    const recall = tf.div(right, tf.add(tf.sum(positive), tiny));
    const precise = tf.div(right, tf.add(tf.sum(passed), tiny));
    return spread(tf.sub(1, tf.add(recall, tf.mul(tf.sub(precise, precision), slope))), logits);
  };
};

const column = (matrix: tf.Tensor2D, k: number): tf.Tensor1D =>
  tf.reshape(tf.slice(matrix, [0, k], [-1, 1]), [-1]) as tf.Tensor1D;

/** The lowest of 200 thresholds at which smooth precision is P, and λ there; the most precise one if none is. */
function operatingPoint(
  odds: ArrayLike<number>,
  positive: ArrayLike<number>,
  precision: number,
  width: number,
): { threshold: number; slope: number } {
  const sorted = Array.from(odds).toSorted((a, b) => a - b);
  const at = (threshold: number) => {
    let [right, passed, all] = [0, 0, 0];
    for (let i = 0; i < odds.length; i++) {
      const share = 1 / (1 + Math.exp(-(odds[i]! - threshold) / width));
      right += share * positive[i]!;
      passed += share;
      all += positive[i]!;
    }
    return { recall: right / (all + tiny), precision: right / (passed + tiny) };
  };
  const grid = Array.from({ length: 200 }, (_, i) => sorted[Math.floor((i / 200) * sorted.length)]!);
  let threshold = grid.find((candidate) => at(candidate).precision >= precision);
  if (threshold === undefined) {
    const values = grid.map((candidate) => at(candidate).precision);
    threshold = grid[values.indexOf(Math.max(...values))]!;
  }
  const [below, above] = [at(threshold - width), at(threshold + width)];
  const steep = above.precision - below.precision;
  // Where precision hardly moves with the threshold, λ would be anything: it is bounded.
  const slope = steep > 0 ? Math.min(10, (below.recall - above.recall) / Math.max(steep, 1e-3)) : 1;
  return { threshold, slope };
}

/** @throws LecternError `invalid-argument` where a measure is of two classes and the task has more */
export function expectClasses(metric: Metric, classes: number): void {
  if (metric.measure?.startsWith("recall-at-precision") && classes !== 2)
    throw new LecternError(
      "invalid-argument",
      `The metric ${metric.name} is for two classes, and the task has ${classes}.`,
      "Choose soft-macro-f1 or soft-balanced-error, say.",
    );
}
