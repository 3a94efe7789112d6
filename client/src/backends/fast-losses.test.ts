import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import fc from "fast-check";
import { families, plainAlgebra, type Coefficients, type PlainTensor } from "@lectern/shared/teacher";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import { beforeAll, describe, expect, test } from "vitest";
import { composedSums, summing } from "../lesson/statistics.ts";
import { registerWasmKernels } from "../kernels/index.ts";
import { leaks, mlp, smallTeacher, weightsOf, cornerData } from "../testing/students.ts";
import { registerFastLosses } from "./fast-losses.ts";

const A = plainAlgebra(Float64Array);
type Name = keyof typeof families;

/** Coefficients by formula, of the family's finished form. */
function coefficients(name: Name, K: number, seed: number): Coefficients<PlainTensor> {
  const wave = (shape: number[], k: number) =>
    A.tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + k + 3 * i)),
      shape,
    );
  const mixed = Object.fromEntries(
    families[name].blocks(K).map(({ name, shape }, k) => [name, wave([...shape], k)]),
  );
  return families[name].finish(A, mixed);
}

const upload = ({ data, shape }: PlainTensor) => tf.tensor(Float32Array.from(data), [...shape]);

/** Σ of the losses, weighted, and its gradient by the logits. */
function onBackend(
  name: Name,
  phi: Coefficients<PlainTensor>,
  z: PlainTensor,
  t: PlainTensor,
  weights: number[],
) {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(phi).map(([key, value]) => [key, upload(value)]));
    const sum = (logits: tf.Tensor) =>
      tf.sum(
        tf.mul(families[name].losses(tensorFlowAlgebra, tensors, logits, upload(t)), tf.tensor1d(weights)),
      );
    const { value, grad } = tf.valueAndGrad(sum)(upload(z));
    return { value: value.dataSync()[0]!, grad: Array.from(grad.dataSync()) };
  });
}

describe("fast losses", () => {
  beforeAll(async () => {
    tf.env().set("PROD", true);
    registerWasmKernels();
    await tf.setBackend("wasm");
  });

  test("are the families' own, in value and gradient, for labels and for distributions", () => {
    const row = fc.record({
      name: fc.constantFrom<Name>("bilinear", "mixed", "gain"),
      K: fc.integer({ min: 2, max: 12 }),
      n: fc.integer({ min: 1, max: 9 }),
      seed: fc.integer({ min: 0, max: 1000 }),
      soft: fc.boolean(),
      scale: fc.constantFrom(0.1, 1, 30),
    });
    const cases = fc.sample(row, { numRuns: 60, seed: 11 }).map(({ name, K, n, seed, soft, scale }) => {
      const z = A.tensor(
        Array.from({ length: n * K }, (_, i) => scale * Math.cos(seed + 5 * i)),
        [n, K],
      );
      const t = A.tensor(
        Array.from({ length: n * K }, (_, i) => {
          const label = Number((Math.floor(i / K) * 7 + seed) % K === i % K);
          return soft ? 0.8 * label + 0.2 / K : label;
        }),
        [n, K],
      );
      const weights = Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 0 : 1 + i / 4));
      return [name, coefficients(name, K, seed), z, t, weights] as const;
    });
    const composed = cases.map((trial) => onBackend(...trial));
    registerFastLosses();
    registerFastLosses();
    for (const [i, trial] of cases.entries()) {
      const { value, grad } = onBackend(...trial);
      expect(value).toBeCloseTo(composed[i]!.value, 3);
      for (const [j, d] of grad.entries()) expect(Math.abs(d - composed[i]!.grad[j]!)).toBeLessThan(2e-5);
      // The same as in float64 on plain arrays, which nothing replaces.
      const [name, phi, z, t, weights] = trial;
      const losses = families[name].losses(A, phi, z, t).data;
      const sum = weights.reduce((total, weight, k) => total + weight * losses[k]!, 0);
      expect(Math.abs(value - sum)).toBeLessThan(1e-5 * (1 + Math.abs(sum)));
    }
  });

  test("come with training statistics that are the composed ones'", () => {
    for (const [n, K, soft] of [
      [1, 2, false],
      [7, 5, true],
      [64, 10, false],
    ] as const) {
      const logits = tf.tidy(() =>
        tf.tensor2d(
          Array.from({ length: n * K }, (_, i) => 9 * Math.sin(i * i)),
          [n, K],
        ),
      );
      const target = tf.tidy(() => {
        const labels = tf.oneHot(
          Array.from({ length: n }, (_, i) => (3 * i) % K),
          K,
        ) as tf.Tensor2D;
        return soft
          ? (tf.add(tf.mul(labels, 0.7), 0.3 / K) as tf.Tensor2D)
          : (tf.cast(labels, "float32") as tf.Tensor2D);
      });
      const weights = tf.tensor1d(Array.from({ length: n }, (_, i) => i % 4));
      for (const given of [undefined, weights]) {
        const [fast, composed] = [summing.batchSums, composedSums].map((sum) => sum(logits, target, given));
        const [a, b] = [fast!.dataSync(), composed!.dataSync()];
        a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5 * (1 + Math.abs(b[i]!))));
        tf.dispose([fast!, composed!]);
      }
      tf.dispose([logits, target, weights]);
    }
  });

  test("throw at second order, in place of being silently wrong", () => {
    const phi = { a: tf.scalar(1) };
    const first = tf.grad((z: tf.Tensor) =>
      tf.sum(families.gain.losses(tensorFlowAlgebra, phi, z, tf.tensor2d([[1, 0]]))),
    );
    expect(() =>
      tf.tidy(() => tf.grad((z: tf.Tensor) => tf.sum(first(z)))(tf.tensor2d([[0.3, 0.1]]))),
    ).toThrow(/A fast loss has no second derivative/);
    phi.a.dispose();
  });

  test("teach as the composed ones do, on cpu untouched, and leak nothing", async () => {
    const train = cornerData(60);
    const student = mlp();
    await smallTeacher().teach(student, { train });
    const fast = weightsOf(student);
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    const reference = mlp();
    await smallTeacher().teach(reference, { train });
    weightsOf(reference).forEach((weight, i) => expect(fast[i]).toBeCloseTo(weight, 4));
    await tf.setBackend("wasm");
    expect(await leaks(() => smallTeacher().teach(student, { train }))).toBe(0);
  });
});
