import { beforeAll, expect, test } from "vitest";
import { cornerData, leaks, mlp, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";

beforeAll(() => useBackend("wasm"));

const train = cornerData(60);
const dev = cornerData(30);

test("on wasm, the same seed gives the same bits, and nothing leaks", async () => {
  const teacher = smallTeacher({ featureSet: "full" });
  const run = async () => {
    const model = mlp();
    const { status, emissions } = await teacher.teach(model, { train, dev, seed: 3 });
    const result = { status, emissions, weights: weightsOf(model) };
    model.dispose();
    return result;
  };
  const first = await run();
  expect(first.status).toBe("completed");
  const left = await leaks(async () => expect(await run()).toEqual(first));
  expect(left).toBe(0);
});

test("φ of a recorded state is the same wherever it is emitted", () => {
  const state = {
    time: 0.5,
    train: { accuracy: 0.9, crossEntropy: 0.3, confidence: 0.8, confidenceSpread: 0.1 },
  };
  const phi = smallTeacher().emit(state);
  // Node's values: emission is on the host, in float64.
  expect(phi.a!.data[0]).toBeCloseTo(0.3614436879596261, 14);
  expect(phi.g!.data[0]).toBeCloseTo(2.512062309259646, 14);
  expect(phi.W!.data[0]).toBeCloseTo(2.0159322581098187, 14);
});
