import * as tf from "@tensorflow/tfjs-core";
import { broadcasting, type CaseGroup } from "../case.ts";
import { flatMap, matMul } from "../plain/matrix.ts";

const many = (count: number) => ({
  name: `addN of ${count}`,
  shapes: Array.from({ length: count }, () => [5]),
  operation: (...inputs: tf.Tensor[]) => tf.addN(inputs),
  plain: (...inputs: number[][]) => flatMap(5, (i) => [inputs.reduce((total, x) => total + x[i]!, 0)]),
});

const transposed = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

export const arithmeticCases: CaseGroup = {
  title: "Arithmetic",
  cases: [
    broadcasting("add", tf.add, (a, b) => a + b),
    broadcasting("sub", tf.sub, (a, b) => a - b),
    broadcasting("mul", tf.mul, (a, b) => a * b),
    broadcasting("div", tf.div, (a, b) => a / b, [0.5, 2]),
    broadcasting("divNoNan", tf.divNoNan, (a, b) => a / b, [0.5, 2]),
    broadcasting("pow", tf.pow, (a, b) => a ** b, [0.5, 2]),
    broadcasting("squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2),
    broadcasting("maximum", tf.maximum, Math.max),
    broadcasting("minimum", tf.minimum, Math.min),
    broadcasting("atan2", tf.atan2, Math.atan2),
    many(3),
    many(9),
    ...transposed.map(([transposeA, transposeB]) => ({
      name: `matMul${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`,
      shapes: [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
      operation: (...[a, b]: tf.Tensor[]) => tf.matMul(a!, b!, transposeA, transposeB),
      plain: (...[a, b]: number[][]) => matMul(a!, b!, 2, 3, 4, transposeA, transposeB),
    })),
    {
      name: "matMul, a batch of them",
      shapes: [
        [2, 2, 3],
        [2, 3, 2],
      ],
      operation: (a, b) => tf.matMul(a!, b!),
      plain: (a, b) =>
        flatMap(2, (n) => matMul(a!.slice(6 * n, 6 * n + 6), b!.slice(6 * n, 6 * n + 6), 2, 3, 2)),
    },
    {
      name: "matMul, one for a batch",
      shapes: [
        [2, 2, 3],
        [1, 3, 2],
      ],
      operation: (a, b) => tf.matMul(a!, tf.tile(b!, [2, 1, 1])),
      plain: (a, b) => flatMap(2, (n) => matMul(a!.slice(6 * n, 6 * n + 6), b!, 2, 3, 2)),
    },
    {
      name: "fused.matMul with a bias, as dense layers have it",
      shapes: [[2, 3], [3, 2], [2]],
      operation: (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: "linear" }),
      plain: (a, b, bias) => matMul(a!, b!, 2, 3, 2).map((value, i) => value + bias![i % 2]!),
    },
    {
      name: "dot of vectors",
      shapes: [[4], [4]],
      operation: (a, b) => tf.dot(a!, b!),
      plain: (a, b) => matMul(a!, b!, 1, 4, 1),
    },
    {
      name: "outerProduct",
      shapes: [[2], [3]],
      operation: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
      plain: (a, b) => matMul(a!, b!, 2, 1, 3),
    },
  ],
};
