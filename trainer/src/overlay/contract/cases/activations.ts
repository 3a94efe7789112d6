import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { elementwise, type CaseGroup, type OperationCase } from "../case.ts";
import { rowsOf, sigmoid, softmaxRows, sum } from "../plain/matrix.ts";

const elu = (x: number): number => (x > 0 ? x : Math.expm1(x));
const softplus = (x: number): number => Math.log1p(Math.exp(x));

/** Φ, the normal distribution's cumulative function, by the series of erf(x/√2). */
function normalCdf(x: number): number {
  const z = x / Math.SQRT2;
  let term = z;
  let total = z;
  for (let n = 1; n < 60; n++) {
    term *= -(z * z) / n;
    total += term / (2 * n + 1);
  }
  return 0.5 + total / Math.sqrt(Math.PI);
}

const tanhGelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** As layers have them: by name. */
function named(
  name: string,
  plain: (x: number) => number,
  domain?: readonly [number, number],
): OperationCase {
  const layer = layers.activation({ activation: name as "relu" });
  return elementwise(`activation ${name}`, (x) => layer.apply(x) as tf.Tensor, plain, domain);
}

function byRows(name: string, operation: (x: tf.Tensor) => tf.Tensor, plain: (row: number[]) => number[]) {
  return { name, shapes: [[3, 4]], operation, plain: (x: number[]) => rowsOf(x, 4).flatMap(plain) };
}

const logSoftmaxRow = (row: number[]): number[] => row.map((x) => x - Math.log(sum(row.map(Math.exp))));

export const activationCases: CaseGroup = {
  title: "Activations",
  cases: [
    named("elu", elu),
    named("gelu", (x) => x * normalCdf(x)),
    named("gelu_new", tanhGelu),
    named("hardSigmoid", (x) => Math.min(Math.max(0.5 + 0.2 * x, 0), 1), [-4, 4]),
    named("linear", (x) => x),
    named("mish", (x) => x * Math.tanh(softplus(x))),
    named("relu", (x) => Math.max(x, 0)),
    named("relu6", (x) => Math.min(Math.max(x, 0), 6), [4, 8]),
    named("selu", (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
    named("sigmoid", sigmoid),
    byRows(
      "activation softmax",
      (x) => layers.activation({ activation: "softmax" }).apply(x) as tf.Tensor,
      (row) => softmaxRows(row, 4),
    ),
    byRows(
      "activation logSoftmax",
      (x) => layers.activation({ activation: "logSoftmax" as "softmax" }).apply(x) as tf.Tensor,
      logSoftmaxRow,
    ),
    named("softplus", softplus),
    named("softsign", (x) => x / (Math.abs(x) + 1)),
    named("swish", (x) => x * sigmoid(x)),
    named("tanh", Math.tanh),
    elementwise("relu6, its kernel", tf.relu6, (x) => Math.min(Math.max(x, 0), 6), [4, 8]),
    elementwise(
      "leakyRelu",
      (x) => tf.leakyRelu(x, 0.3),
      (x) => (x > 0 ? x : 0.3 * x),
    ),
    elementwise(
      "thresholded relu",
      (x) => layers.thresholdedReLU({ theta: 0.4 }).apply(x) as tf.Tensor,
      (x) => (x > 0.4 ? x : 0),
    ),
    {
      name: "prelu",
      shapes: [[3, 4], [4]],
      operation: (x, alpha) => tf.prelu(x!, alpha!),
      plain: (x, alpha) => x!.map((value, i) => (value > 0 ? value : value * alpha![i % 4]!)),
    },
    byRows(
      "logSumExp",
      (x) => tf.logSumExp(x, 1),
      (row) => [Math.log(sum(row.map(Math.exp)))],
    ),
    {
      name: "softmax over the last of three axes",
      shapes: [[2, 2, 3]],
      operation: (x) => tf.softmax(x!),
      plain: (x) => softmaxRows(x!, 3),
    },
  ],
};
