import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { families, plainAlgebra, type Coefficients, type PlainTensor } from "@lectern/shared/teacher";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useSoftwareGpu } from "../testing/software-gpu.ts";
import { selectBackend, type SelectedBackend } from "./index.ts";

const A = plainAlgebra(Float64Array);
type Name = keyof typeof families;

const wave = (shape: number[], k: number) =>
  A.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(k + 3 * i)),
    shape,
  );

function coefficients(name: Name, K: number): Coefficients<PlainTensor> {
  const blocks = families[name].blocks(K).map(({ name, shape }, k) => [name, wave([...shape], k)]);
  return families[name].finish(A, Object.fromEntries(blocks));
}

const upload = ({ data, shape }: PlainTensor) => tf.tensor(Float32Array.from(data), [...shape]);

describe.skipIf(!useSoftwareGpu())("fast losses in one program of WebGPU, on SwiftShader", () => {
  let selected: SelectedBackend;
  beforeAll(async () => {
    selected = await selectBackend({ order: ["webgpu"], allowSoftware: true });
  });
  afterAll(() => selected?.close());

  test.each([
    ["bilinear", 3, 5, false],
    ["mixed", 10, 70, false],
    ["mixed", 4, 1, true],
    ["gain", 10, 8, true],
  ] as const)("%s of %i classes and %i rows, in value and slope", async (name, K, n, soft) => {
    const phi = coefficients(name, K);
    const z = A.tensor(
      Array.from({ length: n * K }, (_, i) => 4 * Math.cos(5 * i)),
      [n, K],
    );
    const t = A.tensor(
      Array.from({ length: n * K }, (_, i) => {
        const label = Number((Math.floor(i / K) * 7) % K === i % K);
        return soft ? 0.8 * label + 0.2 / K : label;
      }),
      [n, K],
    );
    const weights = Array.from({ length: n }, (_, i) => 0.5 + (i % 3));
    const sumInFloat64 = (logits: PlainTensor) =>
      Array.from(families[name].losses(A, phi, logits, t).data).reduce(
        (sum, loss, i) => sum + weights[i]! * loss,
        0,
      );
    const { numTensors } = tf.memory();
    const { value, grad } = tf.tidy(() => {
      const tensors = Object.fromEntries(Object.entries(phi).map(([key, part]) => [key, upload(part)]));
      return tf.valueAndGrad((logits: tf.Tensor) =>
        tf.sum(
          tf.mul(families[name].losses(tensorFlowAlgebra, tensors, logits, upload(t)), tf.tensor1d(weights)),
        ),
      )(upload(z));
    });
    const [[found], slopes] = [await value.data(), await grad.data()];
    expect(Math.abs(found! - sumInFloat64(z))).toBeLessThan(1e-4 * (1 + Math.abs(found!)));
    const step = 1e-5;
    for (let i = 0; i < n * K; i += 1 + Math.floor((n * K) / 40)) {
      const moved = (by: number) =>
        A.tensor(
          Array.from(z.data, (v, j) => (j === i ? v + by : v)),
          [n, K],
        );
      const slope = (sumInFloat64(moved(step)) - sumInFloat64(moved(-step))) / (2 * step);
      expect(Math.abs(slopes[i]! - slope)).toBeLessThan(2e-5 * (1 + Math.abs(slope)));
    }
    tf.dispose([value, grad]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
