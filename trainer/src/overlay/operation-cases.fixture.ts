import * as tf from "@tensorflow/tfjs-core";
import {
  average,
  batchNorm,
  conv,
  flatMap,
  matMul,
  maximum,
  pool,
  softmaxRows,
} from "./plain-operations.fixture.ts";

/** One operation to check: on tensors, and again on plain numbers. Outputs are flat, row-major. For tests. */
export interface OperationCase {
  name: string;
  /** Shapes of the inputs that are differentiated. */
  shapes: number[][];
  operation: (...inputs: tf.Tensor[]) => tf.Tensor;
  plain: (...inputs: number[][]) => number[];
  /** Inputs are drawn from this interval; the default is [−1.5, 1.5]. */
  domain?: [number, number];
}

function elementwise(
  name: string,
  operation: (x: tf.Tensor) => tf.Tensor,
  plain: (x: number) => number,
  domain?: [number, number],
): OperationCase {
  return { name, shapes: [[3, 4]], operation, plain: (x) => x.map(plain), ...(domain && { domain }) };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const elu = (x: number): number => (x > 0 ? x : Math.expm1(x));

const elementwiseCases: OperationCase[] = [
  elementwise("exp", tf.exp, Math.exp),
  elementwise("expm1", tf.expm1, Math.expm1),
  elementwise("tanh", tf.tanh, Math.tanh),
  elementwise("sigmoid", tf.sigmoid, sigmoid),
  elementwise("softplus", tf.softplus, (x) => Math.log1p(Math.exp(x))),
  elementwise("log", tf.log, Math.log, [0.5, 2]),
  elementwise("log1p", tf.log1p, Math.log1p, [-0.4, 2]),
  elementwise("sqrt", tf.sqrt, Math.sqrt, [0.5, 2]),
  elementwise("rsqrt", tf.rsqrt, (x) => 1 / Math.sqrt(x), [0.5, 2]),
  elementwise("reciprocal", tf.reciprocal, (x) => 1 / x, [0.5, 2]),
  elementwise("square", tf.square, (x) => x * x),
  elementwise("abs", tf.abs, Math.abs),
  elementwise("neg", tf.neg, (x) => -x),
  elementwise("erf", tf.erf, plainErf),
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
  elementwise("relu", tf.relu, (x) => Math.max(x, 0)),
  elementwise("relu6", tf.relu6, (x) => Math.min(Math.max(x, 0), 6), [4, 8]),
  elementwise(
    "leakyRelu",
    (x) => tf.leakyRelu(x, 0.3),
    (x) => (x > 0 ? x : 0.3 * x),
  ),
  elementwise("elu", tf.elu, elu),
  elementwise("selu", tf.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
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
    "cast of a comparison as a factor",
    (x) =>
      tf.mul(
        tf.square(x),
        tf.cast(tf.logicalAnd(tf.less(x, 1), tf.logicalNot(tf.lessEqual(x, -1))), "float32"),
      ),
    (x) => (x < 1 && x > -1 ? x * x : 0),
  ),
  elementwise(
    "sum with itself, shared path",
    (x) => tf.add(tf.tanh(x), tf.exp(tf.tanh(x))),
    (x) => Math.tanh(x) + Math.exp(Math.tanh(x)),
  ),
];

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

const broadcast =
  (combine: (a: number, b: number) => number) =>
  (a: number[], b: number[]): number[] =>
    a.map((value, i) => combine(value, b[i % 4] as number));

function broadcasting(
  name: string,
  operation: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  plain: (a: number, b: number) => number,
  domain?: [number, number],
): OperationCase {
  return { name, shapes: [[3, 4], [4]], operation, plain: broadcast(plain), ...(domain && { domain }) };
}

const arithmeticCases: OperationCase[] = [
  broadcasting("add", tf.add, (a, b) => a + b),
  broadcasting("sub", tf.sub, (a, b) => a - b),
  broadcasting("mul", tf.mul, (a, b) => a * b),
  broadcasting("div", tf.div, (a, b) => a / b, [0.5, 2]),
  broadcasting("pow, both", tf.pow, (a, b) => a ** b, [0.5, 2]),
  broadcasting("squaredDifference", tf.squaredDifference, (a, b) => (a - b) ** 2),
  broadcasting("maximum", tf.maximum, Math.max),
  broadcasting("minimum", tf.minimum, Math.min),
  broadcasting("prelu", tf.prelu, (a, b) => (a > 0 ? a : a * b)),
  {
    name: "addN",
    shapes: [[5], [5], [5]],
    operation: (a, b, c) => tf.addN([a, b, c]),
    plain: (a, b, c) => flatMap(5, (i) => [(a[i] ?? 0) + (b?.[i] ?? 0) + (c?.[i] ?? 0)]),
  },
];

const reductionCases: OperationCase[] = [
  {
    name: "sum axis",
    shapes: [[3, 4]],
    operation: (x) => tf.sum(x, 0),
    plain: (x) => flatMap(4, (j) => [x[j]! + x[j + 4]! + x[j + 8]!]),
  },
  {
    name: "mean axis",
    shapes: [[3, 4]],
    operation: (x) => tf.mean(x, 0),
    plain: (x) => flatMap(4, (j) => [(x[j]! + x[j + 4]! + x[j + 8]!) / 3]),
  },
  {
    name: "max axis",
    shapes: [[3, 4]],
    operation: (x) => tf.max(x, 1),
    plain: (x) => flatMap(3, (i) => [Math.max(...x.slice(4 * i, 4 * i + 4))]),
  },
  {
    name: "min axis",
    shapes: [[3, 4]],
    operation: (x) => tf.min(x, 1),
    plain: (x) => flatMap(3, (i) => [Math.min(...x.slice(4 * i, 4 * i + 4))]),
  },
  {
    name: "max all, kept",
    shapes: [[3, 4]],
    operation: (x) => tf.max(x, undefined, true),
    plain: (x) => [Math.max(...x)],
  },
  { name: "softmax", shapes: [[3, 4]], operation: (x) => tf.softmax(x), plain: (x) => softmaxRows(x, 4) },
  {
    name: "logSumExp",
    shapes: [[3, 4]],
    operation: (x) => tf.logSumExp(x, 1),
    plain: (x) =>
      flatMap(3, (i) => [
        Math.log(x.slice(4 * i, 4 * i + 4).reduce((total, value) => total + Math.exp(value), 0)),
      ]),
  },
];

const movingCases: OperationCase[] = [
  { name: "reshape", shapes: [[3, 4]], operation: (x) => tf.reshape(x, [2, 6]), plain: (x) => x },
  {
    name: "transpose",
    shapes: [[2, 3]],
    operation: (x) => tf.transpose(x),
    plain: (x) => [0, 3, 1, 4, 2, 5].map((i) => x[i]!),
  },
  {
    name: "slice",
    shapes: [[3, 4]],
    operation: (x) => tf.slice(x, [1, 1], [2, 2]),
    plain: (x) => [5, 6, 9, 10].map((i) => x[i]!),
  },
  { name: "pad", shapes: [[3]], operation: (x) => tf.pad(x, [[1, 2]]), plain: (x) => [0, ...x, 0, 0] },
  { name: "tile", shapes: [[3]], operation: (x) => tf.tile(x, [2]), plain: (x) => [...x, ...x] },
  {
    name: "broadcastTo",
    shapes: [[1, 3]],
    operation: (x) => tf.broadcastTo(x, [2, 3]),
    plain: (x) => [...x, ...x],
  },
  {
    name: "concat",
    shapes: [[3], [2]],
    operation: (a, b) => tf.concat([a, b]),
    plain: (a, b) => [...a, ...(b ?? [])],
  },
  {
    name: "stack",
    shapes: [[3], [3]],
    operation: (a, b) => tf.stack([a, b]),
    plain: (a, b) => [...a, ...(b ?? [])],
  },
  {
    name: "gather, repeated index",
    shapes: [[4, 2]],
    operation: (x) => tf.gather(x, [3, 0, 3]),
    plain: (x) => [6, 7, 0, 1, 6, 7].map((i) => x[i]!),
  },
  {
    name: "split and multiply",
    shapes: [[4]],
    operation: (x) => {
      const [left, right] = tf.split(x, 2) as [tf.Tensor, tf.Tensor];
      return tf.mul(left, right);
    },
    plain: (x) => [x[0]! * x[2]!, x[1]! * x[3]!],
  },
  {
    name: "oneHot pick",
    shapes: [[3, 4]],
    operation: (x) => tf.sum(tf.mul(x, tf.oneHot(tf.tensor1d([1, 3, 0], "int32"), 4)), 1),
    plain: (x) => [x[1]!, x[7]!, x[8]!],
  },
];

const matMulCases: OperationCase[] = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
].map(([transposeA = false, transposeB = false]) => ({
  name: `matMul transpose ${transposeA} ${transposeB}`,
  shapes: [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
  operation: (a, b) => tf.matMul(a, b, transposeA, transposeB),
  plain: (a, b) => matMul(a, b ?? [], 2, 3, 4, transposeA, transposeB),
}));

const convolutionCases: OperationCase[] = [
  { input: [2, 4, 5, 2], filter: [3, 2, 2, 3], stride: 1, pad: "valid" as const },
  { input: [1, 4, 5, 2], filter: [3, 3, 2, 2], stride: 1, pad: "same" as const },
  { input: [1, 6, 6, 1], filter: [3, 3, 1, 2], stride: 2, pad: "same" as const },
  { input: [1, 5, 6, 2], filter: [2, 2, 2, 2], stride: 2, pad: "valid" as const },
  { input: [1, 5, 5, 2], filter: [1, 1, 2, 2], stride: 2, pad: "same" as const },
].map(({ input, filter, stride, pad }) => ({
  name: `conv2d ${input.join("×")} by ${filter.join("×")}, stride ${stride}, ${pad}`,
  shapes: [input, filter],
  operation: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
  plain: (x, w) => conv(x, w ?? [], input, filter, stride, pad),
}));

const poolingCases: OperationCase[] = [
  { input: [2, 4, 4, 2], size: 2, stride: 2, pad: "valid" as const },
  { input: [1, 5, 5, 2], size: 2, stride: 2, pad: "same" as const },
  { input: [1, 5, 4, 2], size: 3, stride: 1, pad: "same" as const },
  { input: [1, 5, 5, 1], size: 3, stride: 2, pad: "valid" as const },
].flatMap(({ input, size, stride, pad }) => {
  const name = `${input.join("×")} by ${size}, stride ${stride}, ${pad}`;
  return [
    {
      name: `maxPool ${name}`,
      shapes: [input],
      operation: (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, size, stride, pad),
      plain: (x: number[]) => pool(x, input, size, stride, pad, maximum),
    },
    {
      name: `avgPool ${name}`,
      shapes: [input],
      operation: (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, size, stride, pad),
      plain: (x: number[]) => pool(x, input, size, stride, pad, average),
    },
  ];
});

const normalisationCases: OperationCase[] = [
  {
    name: "batchNorm with batch statistics",
    shapes: [[6, 2], [2], [2]],
    operation: (x, scale, offset) => {
      const { mean, variance } = tf.moments(x, 0);
      return tf.batchNorm(x, mean, variance, offset, scale, 1e-3);
    },
    plain: (x, scale, offset) => batchNorm(x, 2, scale ?? [], offset ?? [], 1e-3),
  },
];

/** Every operation that the overlay answers for. */
export const operationCases: readonly OperationCase[] = [
  ...elementwiseCases,
  ...arithmeticCases,
  ...reductionCases,
  ...movingCases,
  ...matMulCases,
  ...convolutionCases,
  ...poolingCases,
  ...normalisationCases,
];
