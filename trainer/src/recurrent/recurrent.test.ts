import * as tf from "@tensorflow/tfjs-core";
import {
  chance,
  emit,
  featuresOf,
  plainAlgebra,
  robustStart,
  type PlainTensor,
} from "@lectern/shared/teacher";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { pullEmission } from "../dual/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { trainConfig } from "../train/config.ts";
import { runTrainJob } from "../train/job.ts";
import { startingTheta, teacherSpecOf } from "../train/teacher.ts";
import { tinyConfig, tinyContext } from "../train/tiny.fixture.ts";
import { emitAny, guideAny, layoutOf, readerOf, startAny, type AnySpec } from "./index.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

const A = plainAlgebra(Float64Array);
const [units, D] = [2, 3];
const spec: AnySpec = {
  family: "gain",
  architecture: { kind: "memory", keys: 2, units },
  classes: 3,
  features: D,
};
const memory = spec as Parameters<typeof readerOf>[0];
const theta = Object.fromEntries(
  Object.entries(startAny(spec, 5, robustStart)).map(([name, { shape, data }], k) => [
    name,
    { shape, data: data.map((v, i) => v / (name === "V" ? 10 : 1) + 0.3 * Math.sin(1 + i + k)) },
  ]),
);
const history = [
  [0, 0.1, 1],
  [0.4, 0.6, 1],
  [0.8, 0.7, 1],
];

/** Hochreiter & Schmidhuber's cell in loops. */
function outputByHand(): number[] {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  let [cell, output] = [
    [0, 0],
    [0, 0],
  ];
  for (const state of history) {
    const sums = Array.from(
      { length: 4 * units },
      (_, j) =>
        theta.cb!.data[j]! +
        state.reduce((sum, v, d) => sum + v * theta.cx!.data[4 * units * d + j]!, 0) +
        output.reduce((sum, v, h) => sum + v * theta.ch!.data[4 * units * h + j]!, 0),
    );
    const gate = (k: number, h: number) => sums[units * k + h]!;
    cell = cell.map((c, h) => sigmoid(gate(1, h)) * c + sigmoid(gate(0, h)) * Math.tanh(gate(3, h)));
    output = cell.map((c, h) => sigmoid(gate(2, h)) * Math.tanh(c));
  }
  return output;
}

const flat = (rows: readonly (readonly number[])[]): PlainTensor => A.tensor(rows.flat(), [D * rows.length]);

test("φ reads the last state and the memory of all before it, by hand", () => {
  const [first, second] = outputByHand();
  const [time, accuracy, one] = history[2]!;
  const joined = A.tensor([time!, accuracy!, first!, second!, one!], [D + units]);
  const expected = emit(A, readerOf(memory), theta, joined);
  expect(emitAny(A, spec, theta, flat(history), 3).a!.data[0]).toBeCloseTo(expected.a!.data[0]!, 12);
  // Another past, the same present: another loss.
  const other = emitAny(A, spec, theta, flat([[0, 0.9, 1], ...history.slice(1)]), 3);
  expect(Math.abs(other.a!.data[0]! - expected.a!.data[0]!)).toBeGreaterThan(1e-8);
});

test("it starts as a teacher without one does, but for what it reads of its memory", () => {
  const start = { ...robustStart, readerSpread: 0 };
  const plain = { ...spec, architecture: { kind: "attention", keys: 2 } } as const;
  const state = A.tensor(history[1]!, [D]);
  const own = emitAny(A, spec, startAny(spec, 1, start), flat(history.slice(0, 2)), 2);
  expect(own).toEqual(emitAny(A, plain, startAny(plain, 1, start), state, 1));
  const layout = layoutOf(spec).map(({ name, shape }) => [name, shape.join()]);
  expect(layout).toEqual([
    ["c", "2,1"],
    ["V", "5,2"],
    ["cx", "3,8"],
    ["ch", "2,8"],
    ["cb", "8"],
  ]);
});

test("dθ through the whole memory is central differences'", () => {
  const states = flat(history);
  const dPhi = { a: [0.7] };
  const actual = pullEmission(spec, theta, states.data as Float64Array, dPhi);
  for (const [name, { data }] of Object.entries(theta))
    for (const place of data.keys()) {
      const at = (by: number) => {
        const moved = { ...theta[name]!, data: data.map((v, i) => (i === place ? v + by : v)) };
        return 0.7 * emitAny(A, spec, { ...theta, [name]: moved }, states, 3).a!.data[0]!;
      };
      expect(actual[name]![place]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 8);
    }
});

test("a guide remembers a lesson's states, and begins anew at time 0", () => {
  const features = featuresOf("demo", 3);
  const guide = guideAny({
    spec,
    theta,
    features,
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
  });
  const state = (time: number, accuracy: number) => ({ time, train: { ...chance(3), accuracy } });
  const lesson = [state(0, 0.1), state(0.4, 0.6), state(0.8, 0.7)];
  const phis = lesson.map((s) => guide.emit(s).a!.data[0]);
  expect(phis[2]).toBe(emitAny(A, spec, theta, flat(history), 3).a!.data[0]);
  expect(Array.from(guide.statesOf(lesson[1]!))).toEqual(history.slice(0, 2).flat());
  const again = state(0, 0.1);
  expect(guide.emit(again).a!.data[0]).toBe(phis[0]);
  expect(guide.statesOf(again)).toHaveLength(D);
});

describe("meta-training", () => {
  const config = trainConfig.parse({
    ...tinyConfig({ backend: "wasm" }),
    teacher: { ...tinyConfig().teacher, architecture: { kind: "memory", keys: 2, units: 3 } },
  });
  const own = teacherSpecOf(config, 10);
  const theta = startingTheta(config, own);
  const run = async (estimator: string) => {
    const result = await runTrainJob(await tinyContext({ ...config, estimator }), {
      kind: "hypergradient",
      theta,
      seed: 3,
    });
    return result as Extract<typeof result, { kind: "hypergradient" }>;
  };

  test("hypergradients reach the memory's weights, the same by replay", async () => {
    const before = tf.memory().numTensors;
    const { status, dTheta, states } = await run("store");
    expect(tf.memory().numTensors).toBe(before);
    expect(status).toBe("ok");
    expect(states.map(({ length }) => length / own.features)).toEqual([1, 2, 3]);
    for (const name of ["cx", "ch", "cb"])
      expect(Math.max(...dTheta![name]!.data.map(Math.abs)), name).toBeGreaterThan(0);
    expect((await run("checkpoint:2")).dTheta).toEqual(dTheta);
  });
});
