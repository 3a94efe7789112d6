import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { updateRule } from "@lectern/client/lesson";
import type { OptimizerSpec } from "@lectern/shared/schema";
import { useBackend } from "../backend/select.ts";
import { updateAdjoint } from "./adjoint.ts";

beforeAll(async () => {
  await useBackend("cpu");
});

const adam: OptimizerSpec = {
  kind: "adam",
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay: 0,
};
const specs: OptimizerSpec[] = [
  { kind: "sgd", learningRate: 0.1, weightDecay: 0.01 },
  { kind: "momentum", learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
  adam,
];
const at = (values: number[]) => [tf.tensor1d(values)];

/** ⟨d, U(ω, g, slots)⟩ of the weights and slots after an update, with d = 1 for all. */
function after(spec: OptimizerSpec, weights: number[], gradients: number[], slots: number[][]): number {
  const rule = updateRule(spec);
  const next = rule.update(at(weights), at(gradients), slots.map(at), 0.1, 3);
  return [...next.weights, ...next.slots.flat()].reduce((sum, t) => sum + (tf.sum(t).dataSync()[0] ?? 0), 0);
}

test.each(specs)("the adjoint of $kind is the transpose of its update: central differences", (spec) => {
  const [weights, gradients] = [[0.5], [0.3]];
  const slots: number[][] = { sgd: [], momentum: [[0.2]], adam: [[0.2], [0.4]] }[spec.kind];
  const ones = () => at([1]);
  const pulled = updateAdjoint(spec).pull(ones(), slots.map(ones), {
    weights: at(weights),
    gradients: at(gradients),
    slots: slots.map(at),
    rate: 0.1,
    step: 3,
  });
  const h = 1e-2;
  const slope = (f: (shift: number) => number) => (f(h) - f(-h)) / (2 * h);
  expect(pulled.gradients[0]!.dataSync()[0]).toBeCloseTo(
    slope((e) => after(spec, weights, [0.3 + e], slots)),
    3,
  );
  expect(pulled.weights[0]!.dataSync()[0]).toBeCloseTo(
    slope((e) => after(spec, [0.5 + e], gradients, slots)),
    3,
  );
  for (const [k, slot] of slots.entries())
    expect(pulled.slots[k]![0]!.dataSync()[0]).toBeCloseTo(
      slope((e) => after(spec, weights, gradients, slots.with(k, [slot[0]! + e]))),
      3,
    );
});

test("Adam's adjoint of a weight whose gradient was zero for ever is finite: √v has no slope at 0", () => {
  const zeros = () => at([0]);
  const pulled = updateAdjoint(adam).pull(at([1]), [at([0]), at([0])], {
    weights: at([0.5]),
    gradients: zeros(),
    slots: [zeros(), zeros()],
    rate: 0.1,
    step: 3,
  });
  const values = [...pulled.gradients, ...pulled.weights, ...pulled.slots.flat()].map(
    (t) => t.dataSync()[0]!,
  );
  expect(values.every(Number.isFinite)).toBe(true);
  expect(values[1]).toBe(1);
  expect(values[3]).toBe(0);
});
