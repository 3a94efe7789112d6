import * as tf from "@tensorflow/tfjs-core";
import type { CaseGroup, OperationCase } from "../case.ts";
import { average, flatMap, rowsOf, sum } from "../plain/matrix.ts";

const columns = (x: number[]): number[][] =>
  Array.from({ length: 4 }, (_, j) => [x[j]!, x[j + 4]!, x[j + 8]!]);

const overRows = (
  name: string,
  operation: (x: tf.Tensor) => tf.Tensor,
  plain: (row: number[]) => number,
): OperationCase => ({
  name,
  shapes: [[3, 4]],
  operation: (x) => operation(x!),
  plain: (x) => rowsOf(x!, 4).map(plain),
});

const overColumns = (
  name: string,
  operation: (x: tf.Tensor) => tf.Tensor,
  plain: (column: number[]) => number,
): OperationCase => ({
  name,
  shapes: [[3, 4]],
  operation: (x) => operation(x!),
  plain: (x) => columns(x!).map(plain),
});

const variance = (x: number[]): number => average(x.map((value) => (value - average(x)) ** 2));

export const reductionCases: CaseGroup = {
  title: "Reductions",
  cases: [
    overColumns("sum", (x) => tf.sum(x, 0), sum),
    overColumns("mean", (x) => tf.mean(x, 0), average),
    overColumns("variance (moments)", (x) => tf.moments(x, 0).variance, variance),
    overRows(
      "max",
      (x) => tf.max(x, 1),
      (row) => Math.max(...row),
    ),
    overRows(
      "min",
      (x) => tf.min(x, 1),
      (row) => Math.min(...row),
    ),
    overRows(
      "norm",
      (x) => tf.norm(x, "euclidean", 1),
      (row) => Math.hypot(...row),
    ),
    {
      name: "max of all, axes kept",
      shapes: [[3, 4]],
      operation: (x) => tf.max(x!, undefined, true),
      plain: (x) => [Math.max(...x!)],
    },
    {
      name: "sum of two of three axes, kept",
      shapes: [[2, 3, 2]],
      operation: (x) => tf.sum(x!, [0, 2], true),
      plain: (x) => flatMap(3, (j) => [x![2 * j]! + x![2 * j + 1]! + x![6 + 2 * j]! + x![7 + 2 * j]!]),
    },
    {
      name: "cumsum",
      shapes: [[2, 3]],
      operation: (x) => tf.cumsum(x!, 1),
      plain: (x) => rowsOf(x!, 3).flatMap(([a, b, c]) => [a!, a! + b!, a! + b! + c!]),
    },
  ],
};
