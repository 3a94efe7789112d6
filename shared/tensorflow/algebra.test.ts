import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  emit,
  families,
  fixedLosses,
  initialTheta,
  plainAlgebra,
  weightedMean,
  type Algebra,
  type TeacherSpec,
} from "../teacher/index.ts";
import { tensorFlowAlgebra } from "./index.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

/** A run of an expression in either instance, as plain numbers. */
type Expression = <T>(A: Algebra<T>) => T;
const inFloat64 = (f: Expression): number[] => Array.from(f(plainAlgebra(Float64Array)).data);
const inTensorFlow = (f: Expression): number[] => Array.from(tf.tidy(() => f(tensorFlowAlgebra).dataSync()));

const x = [0.3, -1.2, 2, 0.1, 0.7, -0.4];
const m = <T>(A: Algebra<T>): T => A.tensor(x, [2, 3]);
const spec = (family: TeacherSpec["family"], architecture: TeacherSpec["architecture"]): TeacherSpec => ({
  family,
  architecture,
  classes: 3,
  features: 4,
});

describe("one contract for both algebras", () => {
  const table: Record<string, { expression: Expression; expected?: number[] }> = {
    "add broadcasts a row": {
      expression: (A) => A.add(m(A), A.tensor([1, 2, 3], [3])),
      expected: [1.3, 0.8, 5, 1.1, 2.7, 2.6],
    },
    "sub broadcasts a column": {
      expression: (A) => A.sub(m(A), A.tensor([1, 2], [2, 1])),
      expected: [-0.7, -2.2, 1, -1.9, -1.3, -2.4],
    },
    "mul by a scalar": {
      expression: (A) => A.mul(m(A), A.tensor([2], [])),
      expected: [0.6, -2.4, 4, 0.2, 1.4, -0.8],
    },
    div: { expression: (A) => A.div(A.tensor([1, 4], [2]), A.tensor([2, 8], [2])), expected: [0.5, 0.5] },
    matMul: {
      expression: (A) => A.matMul(m(A), A.tensor([1, 0, 0, 1, 1, 1], [3, 2])),
      expected: [2.3, 0.8, -0.3, 0.3],
    },
    exp: { expression: (A) => A.exp(A.tensor([0, 1], [2])), expected: [1, Math.E] },
    log: { expression: (A) => A.log(A.tensor([1, Math.E], [2])), expected: [0, 1] },
    "sigmoid at the ends": {
      expression: (A) => A.sigmoid(A.tensor([-200, 0, 200], [3])),
      expected: [0, 0.5, 1],
    },
    "logSoftmax doesn't overflow": {
      expression: (A) => A.logSoftmax(A.tensor([1000, 1000, 0, 0], [2, 2])),
      expected: [-Math.LN2, -Math.LN2, -Math.LN2, -Math.LN2],
    },
    "sum over axis 0": { expression: (A) => A.sum(m(A), 0), expected: [0.4, -0.5, 1.6] },
    "sum over axis 1": { expression: (A) => A.sum(m(A), 1), expected: [1.1, 0.4] },
    "sum of all": { expression: (A) => A.sum(m(A)), expected: [1.5] },
    slice: { expression: (A) => A.slice(m(A), 1, 1), expected: [0.1, 0.7, -0.4] },
    reshape: { expression: (A) => A.reshape(m(A), [3, 2]), expected: x },
    "weightedMean ignores weight 0": {
      expression: (A) => weightedMean(A, A.tensor([1, 2, 100], [3]), A.tensor([1, 3, 0], [3])),
      expected: [1.75],
    },
    "weightedMean of nothing is 0": {
      expression: (A) => weightedMean(A, A.tensor([1, 2], [2]), A.tensor([0, 0], [2])),
      expected: [0],
    },
  };
  for (const family of ["bilinear", "mixed", "gain"] as const)
    for (const architecture of [{ kind: "attention", keys: 2 }, { kind: "gate" }] as const)
      table[`${family} through ${architecture.kind}`] = {
        expression: (A) => {
          const teacher = spec(family, architecture);
          const theta = Object.fromEntries(
            Object.entries(initialTheta(teacher, 7)).map(([name, { shape, data }], k) => [
              name,
              A.tensor(
                data.map((v, i) => v + 0.1 * Math.sin(i + k)),
                shape,
              ),
            ]),
          );
          const phi = emit(A, teacher, theta, A.tensor([0.5, 0.9, -0.3, 1], [4]));
          return families[family].losses(A, phi, m(A), A.tensor([1, 0, 0, 0, 0.25, 0.75], [2, 3]));
        },
      };
  for (const [name, loss] of Object.entries(fixedLosses))
    table[name] = { expression: (A) => loss.losses(A, m(A), A.tensor([1, 0, 0, 0, 0, 1], [2, 3]), 0.5) };

  for (const [name, { expression, expected }] of Object.entries(table))
    test(name, () => {
      const plain = inFloat64(expression);
      const tensors = inTensorFlow(expression);
      expect(tensors).toHaveLength(plain.length);
      for (const [i, value] of plain.entries()) {
        if (expected) expect(value).toBeCloseTo(expected[i]!, 12);
        expect(tensors[i]).toBeCloseTo(value, 5);
      }
    });
});
