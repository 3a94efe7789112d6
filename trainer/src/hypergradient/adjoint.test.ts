import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { updateRule } from "@lectern/client/lesson";
import { optimizer, type OptimizerSpec } from "@lectern/shared/schema";
import { useBackend } from "../backend/select.ts";
import { installOverlay } from "../overlay/index.ts";
import { updateAdjoint } from "./adjoint.ts";
import { slotsOf } from "./estimator.ts";

const at = (values: number[]) => [tf.tensor1d(values)];

beforeAll(async () => {
  await useBackend("cpu");
  installOverlay();
});

const base = { learningRate: 0.1, weightDecay: 0.01 };
const adam = optimizer.parse({ ...base, kind: "adam", weightDecay: 0 });

/** An update of one weight in plain numbers: (ω', …slots'), the gradient with its decay. */
type Plain = (w: number, g: number, slots: readonly number[]) => number[];
const [rate, step, epsilon] = [0.1, 3, 1e-3];

const cases: { spec: OptimizerSpec; slots: number[]; plain: Plain }[] = [
  { spec: { kind: "sgd", ...base }, slots: [], plain: (w, g) => [w - rate * g] },
  {
    spec: { kind: "momentum", ...base, momentum: 0.9 },
    slots: [0.2],
    plain: (w, g, [m = 0]) => [w - rate * (0.9 * m + g), 0.9 * m + g],
  },
  {
    spec: { kind: "nesterov", ...base, momentum: 0.9 },
    slots: [0.2],
    plain: (w, g, [m = 0]) => [w - rate * (g + 0.9 * (0.9 * m + g)), 0.9 * m + g],
  },
  {
    spec: { kind: "adam", ...base, beta1: 0.9, beta2: 0.99, epsilon },
    slots: [0.2, 0.4],
    plain(w, g, [m = 0, v = 0]) {
      const [nextM, nextV] = [0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g];
      const root = Math.sqrt(nextV / (1 - 0.99 ** 4)) + epsilon;
      return [w - (rate * nextM) / (1 - 0.9 ** 4) / root, nextM, nextV];
    },
  },
  {
    spec: { kind: "rmsprop", ...base, decay: 0.8, momentum: 0.5, epsilon },
    slots: [0.4, 0.2],
    plain(w, g, [v = 0, m = 0]) {
      const nextV = 0.8 * v + 0.2 * g * g;
      const nextM = 0.5 * m + (rate * g) / Math.sqrt(nextV + epsilon);
      return [w - nextM, nextV, nextM];
    },
  },
  {
    spec: { kind: "centered-rmsprop", ...base, decay: 0.8, momentum: 0.5, epsilon },
    slots: [0.4, 0.1, 0.2],
    plain(w, g, [v = 0, a = 0, m = 0]) {
      const [nextV, nextA] = [0.8 * v + 0.2 * g * g, 0.8 * a + 0.2 * g];
      const nextM = 0.5 * m + (rate * g) / Math.sqrt(nextV - nextA ** 2 - epsilon);
      return [w - nextM, nextV, nextA, nextM];
    },
  },
  {
    spec: { kind: "adagrad", ...base, initialAccumulatorValue: 0.2 },
    slots: [0.4],
    plain: (w, g, [sum = 0]) => [w - (rate * g) / Math.sqrt(0.2 + sum + g * g + 1e-7), sum + g * g],
  },
  {
    spec: { kind: "adadelta", ...base, rho: 0.9, epsilon },
    slots: [0.4, 0.2],
    plain(w, g, [v = 0, d = 0]) {
      const u = g * Math.sqrt((d + epsilon) / (v + epsilon));
      return [w - rate * u, 0.9 * v + 0.1 * g * g, 0.9 * d + 0.1 * u * u];
    },
  },
  {
    spec: { kind: "adamax", ...base, beta1: 0.8, beta2: 0.9, epsilon, decay: 0.1 },
    slots: [0.2, 0.4],
    plain(w, g, [m = 0, u = 0]) {
      const [nextM, nextU] = [0.8 * m + 0.2 * g, Math.max(0.9 * u, Math.abs(g))];
      const now = rate / (1 + 0.1 * step) / (1 - 0.8 ** (step + 1));
      return [w - (now * nextM) / (nextU + epsilon), nextM, nextU];
    },
  },
];

/** Three weights at once: a small gradient, one larger than all before it, and a negative one. */
const weights = [0.5, -0.3, 1.1];
const gradients = [0.3, 0.9, -0.2];
const spread = (slot: number): number[] => [slot, 0.7 * slot, 1.3 * slot];
const cotangents = [1, -0.7, 0.4, 0.9];

test("every optimizer has a case", () => {
  expect(cases.map(({ spec }) => spec.kind).toSorted()).toEqual(
    optimizer.options.map(({ shape }) => shape.kind.value).toSorted(),
  );
});

test.each(cases)("$spec.kind: the update is its plain counterpart", ({ spec, slots, plain }) => {
  const next = updateRule(spec).update(
    at(weights),
    at(gradients),
    slots.map((slot) => at(spread(slot))),
    rate,
    step,
  );
  expect(next.slots).toHaveLength(slotsOf(spec));
  for (const [i, w] of weights.entries()) {
    const g = gradients[i]! + spec.weightDecay * w;
    const own = slots.map((slot) => spread(slot)[i]!);
    const got = [next.weights, ...next.slots].map(([t]) => t!.dataSync()[i]!);
    for (const [k, value] of plain(w, g, own).entries()) expect(got[k]).toBeCloseTo(value, 5);
  }
});

test.each(cases)(
  "$spec.kind: the adjoint is its transpose, by central differences in float64",
  (testCase) => {
    const { spec, slots, plain } = testCase;
    const pulled = updateAdjoint(spec).pull(
      at(weights.map(() => cotangents[0]!)),
      slots.map((_, k) => at(weights.map(() => cotangents[k + 1]!))),
      {
        weights: at(weights),
        gradients: at(gradients),
        slots: slots.map((slot) => at(spread(slot))),
        rate,
        step,
      },
    );
    const got = [pulled.gradients, pulled.weights, ...pulled.slots].map(([t]) => t!.dataSync());
    for (const [i, w] of weights.entries()) {
      const point = [gradients[i]!, w, ...slots.map((slot) => spread(slot)[i]!)];
      const inner = ([g, at, ...own]: number[]): number =>
        plain(at!, g! + spec.weightDecay * at!, own).reduce((sum, x, k) => sum + cotangents[k]! * x, 0);
      for (const [k, x] of point.entries()) {
        const h = 1e-4;
        const slope = (inner(point.with(k, x + h)) - inner(point.with(k, x - h))) / (2 * h);
        expect(Math.abs(got[k]![i]! - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      }
    }
  },
);

test.each(cases)(
  "$spec.kind: the adjoint of a weight whose gradient was zero for ever is finite",
  ({ spec, slots }) => {
    const zeros = () => at([0]);
    const pulled = updateAdjoint(spec).pull(
      at([1]),
      slots.map(() => at([1])),
      { weights: zeros(), gradients: zeros(), slots: slots.map(zeros), rate, step },
    );
    const values = [pulled.gradients, pulled.weights, ...pulled.slots].map(([t]) => t!.dataSync()[0]!);
    expect(values.every(Number.isFinite)).toBe(true);
  },
);

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
