import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { registerWasmKernels } from "../../../client/src/kernels/index.ts";
import { installOverlay } from "./install.ts";
import { operationCases, type OperationCase } from "./operation-cases.fixture.ts";
import { plainGradient, plainHessianProduct } from "./second-order-oracle.fixture.ts";

const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);

/** Distinct, irregular numbers: no ties for max-pooling to break, none near a kink. Rounded to float32. */
function spread(count: number, from: number, to: number, phase: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fraction = ((i + 1) * 0.6180339887498949 + phase * 0.4142135623730951) % 1;
    return Math.fround(from + (to - from) * fraction);
  });
}

function drawInputs({ shapes, domain = [-1.5, 1.5] }: OperationCase): number[][] {
  return shapes.map((shape, i) => spread(size(shape), domain[0], domain[1], i));
}

function drawDirection({ shapes }: OperationCase): number[][] {
  return shapes.map((shape, i) => spread(size(shape), -1, 1, i + 5));
}

/** Σ wᵢ(yᵢ + yᵢ²/2): curved, so that linear operations have a second order too. */
const weight = (i: number): number => Math.fround(0.3 + ((i * 7) % 11) / 11);

function plainLoss(testCase: OperationCase): (inputs: number[][]) => number {
  return (inputs) =>
    testCase.plain(...inputs).reduce((total, y, i) => total + weight(i) * (y + (y * y) / 2), 0);
}

function tensorLoss(testCase: OperationCase, inputs: tf.Tensor[]): tf.Scalar {
  const y = tf.reshape(testCase.operation(...inputs), [-1]);
  const weights = tf.tensor1d(Array.from({ length: y.size }, (_, i) => weight(i)));
  return tf.sum(tf.mul(weights, tf.add(y, tf.div(tf.mul(y, y), 2))));
}

function relativeError(actual: number[][], expected: number[][]): number {
  const a = actual.flat();
  const b = expected.flat();
  expect(a.length).toBe(b.length);
  const distance = Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN)));
  return distance / Math.max(Math.hypot(...b), 1e-3);
}

const numbers = (tensors: tf.Tensor[]): number[][] => tensors.map((tensor) => [...tensor.dataSync()]);

describe.each(["cpu", "wasm"])("second-order gradients on %s", (backend) => {
  beforeAll(async () => {
    tf.env().set("PROD", true);
    installOverlay();
    registerWasmKernels();
    await tf.setBackend(backend);
  });

  it.each(operationCases.map((testCase) => [testCase.name, testCase] as const))("%s", (_, testCase) => {
    const inputs = drawInputs(testCase);
    const direction = drawDirection(testCase);
    const loss = plainLoss(testCase);
    const before = tf.memory().numTensors;
    const { gradient, product } = tf.tidy(() => {
      const tensors = inputs.map((values, i) => tf.tensor(values, testCase.shapes[i]));
      const directions = direction.map((values, i) => tf.tensor(values, testCase.shapes[i]));
      const first = (...at: tf.Tensor[]): tf.Tensor[] =>
        tf.grads((...xs: tf.Tensor[]) => tensorLoss(testCase, xs))(at);
      const along = (...at: tf.Tensor[]): tf.Tensor =>
        tf.addN(first(...at).map((g, i) => tf.sum(tf.mul(g, directions[i] as tf.Tensor))));
      return { gradient: numbers(first(...tensors)), product: numbers(tf.grads(along)(tensors)) };
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(relativeError(gradient, plainGradient(loss, inputs))).toBeLessThan(1e-5);
    expect(relativeError(product, plainHessianProduct(loss, inputs, direction))).toBeLessThan(1e-5);
  });
});
