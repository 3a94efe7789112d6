import * as tf from "@tensorflow/tfjs-core";
import type { OperationCase } from "./case.ts";
import { drawDirection, drawInputs, weightOf } from "./draw.ts";
import { plainGradient, plainHessianProduct } from "./oracle.ts";
import { recordTape, type TapeRecord } from "../tape.ts";

export interface CaseResult {
  /** ‖computed − central difference in float64‖ / ‖central difference‖, of ∇f. */
  readonly gradientError: number;
  /** The same of ∇²f·v. */
  readonly productError: number;
  readonly leakedTensors: number;
  /** Kernels that were differentiated. */
  readonly tape: TapeRecord;
}

/** Checks an operation's first and second order on the backend in use. */
export async function checkCase(testCase: OperationCase): Promise<CaseResult> {
  const inputs = drawInputs(testCase);
  const direction = drawDirection(testCase);
  const before = tf.memory().numTensors;
  let tape: TapeRecord | undefined;
  const [gradients, products] = tf.tidy(() => {
    const tensors = inputs.map((values, i) => tf.tensor(values, testCase.shapes[i]));
    const directions = direction.map((values, i) => tf.tensor(values, testCase.shapes[i]));
    const first = tf.grads((...xs: tf.Tensor[]) => tensorLoss(testCase, xs))(tensors);
    const second = tf.grads((...at: tf.Tensor[]) => {
      const recorder = recordTape(at);
      const inner = tf.grads((...xs: tf.Tensor[]) => {
        const loss = tensorLoss(testCase, xs);
        recorder.forwardDone();
        return loss;
      })(at);
      tape = recorder.gradientDone();
      return inner.map((g, i) => tf.sum(tf.mul(g, directions[i]!))).reduce((a, b) => tf.add(a, b));
    })(tensors);
    return [first, second] as const;
  });
  const gradient = await read(gradients);
  const product = await read(products);
  tf.dispose([gradients, products]);
  const loss = plainLoss(testCase);
  return {
    gradientError: relativeError(gradient, plainGradient(loss, inputs)),
    productError: relativeError(product, plainHessianProduct(loss, inputs, direction)),
    leakedTensors: tf.memory().numTensors - before,
    tape: tape!,
  };
}

const read = async (tensors: readonly tf.Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]));

/** Σ wᵢ(yᵢ + yᵢ²/2): curved, so that linear operations have a second order too. */
function plainLoss(testCase: OperationCase): (inputs: number[][]) => number {
  return (inputs) =>
    testCase.plain(...inputs).reduce((total, y, i) => total + weightOf(i) * (y + (y * y) / 2), 0);
}

function tensorLoss(testCase: OperationCase, inputs: tf.Tensor[]): tf.Scalar {
  const y = tf.reshape(testCase.operation(...inputs), [-1]);
  const weights = tf.tensor1d(Array.from({ length: y.size }, (_, i) => weightOf(i)));
  return tf.sum(tf.mul(weights, tf.add(y, tf.div(tf.mul(y, y), 2))));
}

/** Infinite where the lengths differ: a plain operation of another output shape would agree with nothing. */
function relativeError(actual: number[][], expected: number[][]): number {
  const [a, b] = [actual.flat(), expected.flat()];
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const distance = Math.hypot(...a.map((value, i) => value - b[i]!));
  return distance / Math.max(Math.hypot(...b), 1e-3);
}
