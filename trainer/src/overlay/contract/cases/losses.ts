import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { CaseGroup, OperationCase } from "../case.ts";
import { average, rowsOf, sigmoid, softmaxRows, sum } from "../plain/matrix.ts";

type Loss = (target: tf.Tensor, prediction: tf.Tensor) => tf.Tensor;

/** A loss of `model.compile` by its name: TensorFlow.js exports them in no other way. */
function lossNamed(name: string): Loss {
  const x = input({ shape: [1] });
  const model = modelOf({ inputs: x, outputs: layers.dense({ units: 1 }).apply(x) as SymbolicTensor });
  model.compile({ optimizer: "sgd", loss: name });
  const loss = model.lossFunctions[0] as Loss;
  model.dispose();
  return loss;
}

const epsilon = 1e-7;
const oneHot = [0, 1, 0, 1, 0, 0, 0, 0, 1];
const soft = [0.7, 0.2, 0.1, 0.3, 0.3, 0.4, 0.2, 0.5, 0.3];
const signs = [1, -1, 1, -1, -1, 1, 1, 1, -1];
const counts = [1, 0, 2, 3, 1, 1, 0, 2, 1];

/** A loss of a prediction [3, 3], one number a row, against fixed targets. */
function byName(
  name: string,
  target: number[],
  plain: (y: number[], p: number[]) => number,
  domain: readonly [number, number] = [0.1, 0.9],
): OperationCase {
  return {
    name,
    shapes: [[3, 3]],
    domain,
    operation: (p) => lossNamed(name)(tf.tensor(target, [3, 3]), p!),
    plain: (p) => rowsOf(p!, 3).map((row, i) => plain(target.slice(3 * i, 3 * i + 3), row)),
  };
}

const dot = (a: number[], b: number[]): number => sum(a.map((value, i) => value * b[i]!));
const mean = (y: number[], p: number[], f: (y: number, p: number) => number): number =>
  average(y.map((value, i) => f(value, p[i]!)));
const binary = (y: number, p: number): number => -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
const crossEntropy = (y: number[], p: number[]): number =>
  -dot(
    y,
    p.map((value) => Math.log(value / sum(p))),
  );

export const lossCases: CaseGroup = {
  title: "Losses",
  cases: [
    byName("categoricalCrossentropy", soft, crossEntropy),
    {
      name: "sparseCategoricalCrossentropy",
      shapes: [[3, 3]],
      domain: [0.1, 0.9],
      operation: (p) => lossNamed("sparseCategoricalCrossentropy")(tf.tensor1d([1, 0, 2]), p!),
      plain: (p) => rowsOf(p!, 3).map((row, i) => crossEntropy(oneHot.slice(3 * i, 3 * i + 3), row)),
    },
    byName("binaryCrossentropy", soft, (y, p) => mean(y, p, binary)),
    byName("meanSquaredError", soft, (y, p) => mean(y, p, (a, b) => (a - b) ** 2), [-1, 1]),
    byName("meanAbsoluteError", soft, (y, p) => mean(y, p, (a, b) => Math.abs(a - b)), [-1, 1]),
    byName("meanAbsolutePercentageError", soft, (y, p) =>
      mean(y, p, (a, b) => (100 * Math.abs(a - b)) / Math.max(Math.abs(a), epsilon)),
    ),
    byName("meanSquaredLogarithmicError", soft, (y, p) =>
      mean(y, p, (a, b) => (Math.log1p(a) - Math.log1p(b)) ** 2),
    ),
    byName("squaredHinge", signs, (y, p) => mean(y, p, (a, b) => Math.max(0, 1 - a * b) ** 2), [-1.5, 1.5]),
    byName("hinge", signs, (y, p) => mean(y, p, (a, b) => Math.max(0, 1 - a * b)), [-1.5, 1.5]),
    byName(
      "categoricalHinge",
      oneHot,
      (y, p) => Math.max(0, 1 + Math.max(...p.map((value, i) => (1 - y[i]!) * value)) - dot(y, p)),
      [0.1, 1.5],
    ),
    byName("logcosh", soft, (y, p) => mean(y, p, (a, b) => Math.log(Math.cosh(b - a))), [-1.5, 1.5]),
    byName("kullbackLeiblerDivergence", soft, (y, p) =>
      dot(
        y,
        y.map((value, i) => Math.log(value / p[i]!)),
      ),
    ),
    byName("poisson", counts, (y, p) => mean(y, p, (a, b) => b - a * Math.log(b + epsilon)), [0.3, 2]),
    byName("cosineProximity", soft, (y, p) => -dot(y, p) / (Math.hypot(...y) * Math.hypot(...p)), [0.2, 1.5]),
    {
      name: "tf.losses.huberLoss",
      shapes: [[3, 3]],
      operation: (p) => tf.losses.huberLoss(tf.tensor(soft, [3, 3]), p!, undefined, 0.5),
      plain: (p) => [
        mean(soft, p!, (a, b) => {
          const error = Math.abs(a - b);
          return error < 0.5 ? error ** 2 / 2 : 0.5 * (error - 0.25);
        }),
      ],
    },
    {
      name: "tf.losses.logLoss",
      shapes: [[3, 3]],
      domain: [0.1, 0.9],
      operation: (p) => tf.losses.logLoss(tf.tensor(soft, [3, 3]), p!),
      plain: (p) => [
        mean(soft, p!, (a, b) => -a * Math.log(b + epsilon) - (1 - a) * Math.log(1 - b + epsilon)),
      ],
    },
    {
      name: "tf.losses.sigmoidCrossEntropy",
      shapes: [[3, 3]],
      operation: (x) => tf.losses.sigmoidCrossEntropy(tf.tensor(soft, [3, 3]), x!),
      plain: (x) => [mean(soft, x!, (y, value) => binary(y, sigmoid(value)))],
    },
    {
      name: "tf.losses.cosineDistance",
      shapes: [[3, 3]],
      operation: (p) => tf.losses.cosineDistance(tf.tensor(soft, [3, 3]), p!, 1),
      plain: (p) => [average(rowsOf(p!, 3).map((row, i) => 1 - dot(soft.slice(3 * i, 3 * i + 3), row)))],
    },
    {
      name: "a label's margin, soft error",
      shapes: [[3, 3]],
      operation: (x) => {
        const p = tf.softmax(x!);
        const right = tf.sum(tf.mul(p, tf.tensor(oneHot, [3, 3])), 1);
        return tf.sigmoid(tf.mul(4, tf.sub(tf.max(p, 1), right)));
      },
      plain: (x) =>
        rowsOf(softmaxRows(x!, 3), 3).map((p, i) =>
          sigmoid(4 * (Math.max(...p) - dot(p, oneHot.slice(3 * i, 3 * i + 3)))),
        ),
    },
  ],
};
