import * as tf from "@tensorflow/tfjs-core";
import { elementwise, type CaseGroup } from "../case.ts";
import { sigmoid } from "../plain/matrix.ts";

/** erf by its Maclaurin series: converges fast where |x| ≤ 2. */
function plainErf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

export const elementwiseCases: CaseGroup = {
  title: "One number at a time",
  cases: [
    elementwise("exp", tf.exp, Math.exp),
    elementwise("expm1", tf.expm1, Math.expm1),
    elementwise("log", tf.log, Math.log, [0.5, 2]),
    elementwise("log1p", tf.log1p, Math.log1p, [-0.4, 2]),
    elementwise("sqrt", tf.sqrt, Math.sqrt, [0.5, 2]),
    elementwise("rsqrt", tf.rsqrt, (x) => 1 / Math.sqrt(x), [0.5, 2]),
    elementwise("reciprocal", tf.reciprocal, (x) => 1 / x, [0.5, 2]),
    elementwise("square", tf.square, (x) => x * x),
    elementwise("abs", tf.abs, Math.abs),
    elementwise("neg", tf.neg, (x) => -x),
    elementwise("erf", tf.erf, plainErf),
    elementwise("sin", tf.sin, Math.sin),
    elementwise("cos", tf.cos, Math.cos),
    elementwise("tan", tf.tan, Math.tan, [-1, 1]),
    elementwise("asin", tf.asin, Math.asin, [-0.8, 0.8]),
    elementwise("acos", tf.acos, Math.acos, [-0.8, 0.8]),
    elementwise("atan", tf.atan, Math.atan),
    elementwise("sinh", tf.sinh, Math.sinh),
    elementwise("cosh", tf.cosh, Math.cosh),
    elementwise("asinh", tf.asinh, Math.asinh),
    elementwise("acosh", tf.acosh, Math.acosh, [1.3, 2.5]),
    elementwise("atanh", tf.atanh, Math.atanh, [-0.8, 0.8]),
    elementwise(
      "sign, floor, ceil and round as factors",
      (x) => tf.mul(tf.square(x), tf.add(tf.add(tf.sign(x), tf.floor(x)), tf.add(tf.ceil(x), tf.round(x)))),
      (x) => x * x * (Math.sign(x) + Math.floor(x) + Math.ceil(x) + Math.round(x)),
    ),
    elementwise(
      "step as a factor",
      (x) => tf.mul(tf.exp(x), tf.step(x, 0.5)),
      (x) => Math.exp(x) * (x > 0 ? 1 : 0.5),
    ),
    elementwise(
      "pow 3",
      (x) => tf.pow(x, 3),
      (x) => x ** 3,
    ),
    elementwise(
      "pow 2.5",
      (x) => tf.pow(x, 2.5),
      (x) => x ** 2.5,
      [0.5, 2],
    ),
    elementwise(
      "clipByValue",
      (x) => tf.clipByValue(x, -0.7, 0.6),
      (x) => Math.min(Math.max(x, -0.7), 0.6),
    ),
    elementwise(
      "where over a comparison",
      (x) => tf.where(tf.greater(x, 0.2), tf.exp(x), tf.mul(x, -2)),
      (x) => (x > 0.2 ? Math.exp(x) : -2 * x),
    ),
    elementwise(
      "comparisons as factors",
      (x) =>
        tf.mul(
          tf.square(x),
          tf.cast(
            tf.logicalOr(
              tf.logicalAnd(tf.less(x, 1), tf.logicalNot(tf.lessEqual(x, -1))),
              tf.logicalAnd(tf.greaterEqual(x, 1.2), tf.notEqual(x, 9)),
            ),
            "float32",
          ),
        ),
      (x) => ((x < 1 && x > -1) || x >= 1.2 ? x * x : 0),
    ),
    elementwise(
      "cast to int32 and back as a factor",
      (x) => tf.mul(tf.square(x), tf.cast(tf.cast(x, "int32"), "float32")),
      (x) => x * x * Math.trunc(x),
    ),
    elementwise(
      "onesLike and zerosLike as factors",
      (x) => tf.mul(tf.square(x), tf.add(tf.onesLike(x), tf.zerosLike(x))),
      (x) => x * x,
    ),
    elementwise(
      "a path that is shared",
      (x) => tf.add(tf.tanh(x), tf.exp(tf.tanh(x))),
      (x) => Math.tanh(x) + Math.exp(Math.tanh(x)),
    ),
    elementwise("softplus", tf.softplus, (x) => Math.log1p(Math.exp(x))),
    elementwise("logSigmoid", tf.logSigmoid, (x) => Math.log(sigmoid(x))),
  ],
};
