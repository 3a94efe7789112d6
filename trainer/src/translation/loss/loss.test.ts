import * as tf from "@tensorflow/tfjs-core";
import { tensorFlowAlgebra } from "@lectern/shared/tensorflow";
import {
  emit,
  fixedLosses,
  initialTheta,
  lowRank,
  plainAlgebra,
  registerFamily,
  robustStart,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../backend/index.ts";
import { softNgram, tokenCrossEntropy, tokenError, tokenMargin } from "./metrics.ts";
import { scheduledSmoothing, softmaxMargin, translationRivals } from "./rivals.ts";

beforeAll(() => useBackend("cpu"));

const A = plainAlgebra(Float64Array);
const logits = A.tensor([2, -1, 0.5, 0.2, 0.1, 0.3], [2, 3]);
const target = A.tensor([1, 0, 0, 0, 1, 0], [2, 3]);
const close = (a: ArrayLike<number>, b: ArrayLike<number>, digits = 10) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i]!, digits);
};

describe("low-rank", () => {
  const phi = {
    A: A.tensor([0.3, -0.2, 0.1, 0.5, -0.4, 0.2], [3, 2]),
    B: A.tensor([0.2, 0.1, -0.3, 0.4, 0.6, -0.5], [3, 2]),
    b: A.tensor([0.1, -0.2, 0.3], [3]),
    d: A.tensor([0.9, 1.1, 1.2], [3]),
    a: A.tensor([0.7], []),
    g: A.tensor([1.3], []),
    w: A.tensor([2], []),
  };

  test("is −a·q − g·σ(w·q + b_y), q = (log p · (diag(d) + ABᵀ/K))_y, by hand", () => {
    const p = A.logSoftmax(logits).data;
    // W column by column: W_k1 = d_1[k = 1] + A_k0 B_10 + A_k1 B_11 …
    const column = (row: number, y: number) =>
      [0, 1, 2].reduce((sum, k) => {
        const [a, b] = [phi.A.data, phi.B.data];
        const W =
          (k === y ? phi.d.data[y]! : 0) + (a[2 * k]! * b[2 * y]! + a[2 * k + 1]! * b[2 * y + 1]!) / 3;
        return sum + p[3 * row + k]! * W;
      }, 0);
    const expected = [0, 1].map((row) => {
      const q = column(row, row);
      return -0.7 * q - 1.3 / (1 + Math.exp(-(2 * q + phi.b.data[row]!)));
    });
    close(lowRank().losses(A, phi, logits, target).data, expected, 12);
  });

  test("is the same in TensorFlow.js", async () => {
    const onTf = (t: PlainTensor) => tensorFlowAlgebra.tensor(t.data, t.shape);
    const there = lowRank().losses(
      tensorFlowAlgebra,
      Object.fromEntries(Object.entries(phi).map(([name, t]) => [name, onTf(t)])),
      onTf(logits),
      onTf(target),
    );
    close(await there.data(), lowRank().losses(A, phi, logits, target).data, 5);
  });

  test.each([0, 0.1, 0.3])("starts at label smoothing %d", (smoothing) => {
    registerFamily("low-rank-test", lowRank({ rank: 3, smoothing, logBounded: -40 }));
    const spec = {
      family: "low-rank-test",
      architecture: { kind: "attention", keys: 2 },
      classes: 3,
      features: 2,
    } as const;
    const theta = initialTheta(spec, 1, robustStart);
    expect(theta["A"]!.shape).toEqual([2, 3, 3]);
    const start = emit(A, spec, theta, A.tensor([0.4, 1], [2]));
    close(
      lowRank().losses(A, start, logits, target).data,
      fixedLosses["label-smoothing"].losses(A, logits, target, smoothing).data,
    );
  });

  test("grows with the vocabulary, not with its square", () => {
    const size = (K: number) =>
      lowRank({ rank: 2 })
        .blocks(K)
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(size(4000)).toBe(6 * 4000 + 3);
  });
});

describe("rivals", () => {
  test("softmax-margin by hand: log(e + e¹) − 1 = log 2 at equal sums", () => {
    const even = A.tensor([1, 0], [1, 2]);
    expect(softmaxMargin(A, even, A.tensor([1, 0], [1, 2]), 1).data[0]).toBeCloseTo(Math.log(2), 12);
  });

  test("softmax-margin with a cost of 0 or m is the additive large margin", () => {
    for (const margin of [0, 0.5, 2])
      close(
        softmaxMargin(A, logits, target, margin).data,
        fixedLosses["large-margin"].losses(A, logits, target, margin).data,
      );
  });

  test("scheduled smoothing is label smoothing by 2ε at first, ε half-way, 0 at the end", () => {
    const guide = scheduledSmoothing(0.1, 10);
    const train = { accuracy: 0, crossEntropy: 1, confidence: 0, confidenceSpread: 0 };
    for (const [time, epsilon] of [
      [0, 0.2],
      [0.5, 0.1],
      [1, 0],
    ] as const)
      close(
        guide.losses(A, guide.emit({ time, train }), logits, target).data,
        fixedLosses["label-smoothing"].losses(A, logits, target, epsilon).data,
      );
  });

  test("each has a guide for each value of its grid", () => {
    for (const { guide, parameter } of Object.values(translationRivals))
      for (const value of parameter?.grid ?? [0]) {
        const { emit, losses } = guide(value);
        const train = { accuracy: 0, crossEntropy: 1, confidence: 0, confidenceSpread: 0 };
        const values = losses(A, emit({ time: 0.2, train }), logits, target).data;
        expect(Array.from(values).every((v) => v > 0)).toBe(true);
      }
  });
});

describe("dev metrics", () => {
  /** Words 0, 1, 3, end 2. Two sentences: "3 end" and padding, "0 3 end", with these probabilities of what is right. */
  const right = [0.5, 0.4, 0.9, 0.6, 0.7, 0.8];
  const words = [3, 2, -1, 0, 3, 2];
  const open = () => ({
    logits: tf.tensor2d(
      words.flatMap((y, i) =>
        [0, 1, 2, 3].map((k) => Math.log(k === Math.max(y, 0) ? right[i]! : (1 - right[i]!) / 3)),
      ),
      [6, 4],
    ),
    target: tf.tensor2d(
      words.flatMap((y) => [0, 1, 2, 3].map((k) => (k === y ? 1 : 0))),
      [6, 4],
    ),
  });

  test("soft n-grams by hand: n-grams end with the sentence, padding counts as 0", async () => {
    const { logits, target } = open();
    close(await softNgram(1).values(logits, target).data(), [0.5, 0.6, 0, 0.4, 0.3, 0.2], 6);
    close(
      await softNgram(2).values(logits, target).data(),
      [
        1 - (0.5 + 0.5 * 0.4) / 2,
        1 - 0.4 / 2,
        0,
        1 - (0.6 + 0.6 * 0.7) / 2,
        1 - (0.7 + 0.7 * 0.8) / 2,
        1 - 0.8 / 2,
      ],
      6,
    );
    const three = await softNgram(3).values(logits, target).data();
    expect(three[3]).toBeCloseTo(1 - (0.6 + 0.42 + 0.42 * 0.8) / 3, 6);
    expect(three[4]).toBeCloseTo(1 - (0.7 + 0.56) / 3, 6);
  });

  test("its gradient is that of central differences", async () => {
    const { logits, target } = open();
    const M = (z: tf.Tensor) => tf.sum(softNgram(3).values(z as tf.Tensor2D, target)) as tf.Scalar;
    const gradient = await tf.grad(M)(logits).data();
    const at = (await logits.data()) as Float32Array;
    for (const i of [0, 3, 9, 12, 19, 22]) {
      const moved = (step: number) => {
        const values = Float32Array.from(at);
        values[i]! += step;
        return M(tf.tensor2d(values, [6, 4])).dataSync()[0]!;
      };
      expect(gradient[i]).toBeCloseTo((moved(0.01) - moved(-0.01)) / 0.02, 3);
    }
  });

  test("token metrics leave padding out", async () => {
    const { logits, target } = open();
    const crossEntropy = await tokenCrossEntropy.values(logits, target).data();
    close(
      crossEntropy,
      right.map((p, i) => (words[i]! < 0 ? 0 : -Math.log(p))),
      5,
    );
    // By two numbers each: p_other/(p_other + p_right).
    close(
      await tokenMargin(1).values(logits, target).data(),
      right.map((p, i) => (words[i]! < 0 ? 0 : (1 - p) / 3 / ((1 - p) / 3 + p))),
      5,
    );
    // All words are likeliest, but where p = 0.4 by a little: no errors.
    close(await tokenError(50).values(logits, target).data(), [0, 0, 0, 0, 0, 0], 4);
  });
});
