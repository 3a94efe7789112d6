import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { createBatches, openExamples, openStudent, teacherGuide } from "@lectern/client/lesson";
import { initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { byLayers } from "../dual/index.ts";
import { estimatorOf, metricOf } from "../hypergradient/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { metricAfterLesson } from "./float64-lesson.fixture.ts";
import { familyNames } from "./index.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

const [n, inputs, classes, steps, everySteps, rate] = [12, 3, 4, 6, 2, 0.4];
const x = Float32Array.from({ length: n * inputs }, (_, i) => Math.sin(1.7 * i + (i % 5)));
const y = Int32Array.from({ length: n }, (_, i) => (i * 7) % classes);
const weights = Float32Array.from({ length: inputs * classes }, (_, i) => 0.5 * Math.cos(2.3 * i));
const features = ["time", "one"].map((name) => ({ name, offset: 0, scale: 1 }));

/** The start, with a wave over it: no key like another, and every part of the loss at work. */
function thetaOf(spec: TeacherSpec) {
  return Object.fromEntries(
    Object.entries(initialTheta(spec, 3)).map(([name, { shape, data }], k) => [
      name,
      { shape, data: data.map((v, i) => (name === "V" ? v / 10 : v) + 0.2 * Math.sin(1 + 3 * i + k)) },
    ]),
  );
}

test.each(
  familyNames.flatMap((family) =>
    [{ kind: "attention", keys: 2 } as const, { kind: "gate" } as const].map(
      (architecture) => [family, architecture.kind, architecture] as const,
    ),
  ),
)("%s, %s: a lesson's hypergradient is float64's central differences", async (family, _, architecture) => {
  const spec: TeacherSpec = { family, architecture, classes, features: 2 };
  const theta = thetaOf(spec);
  const model = sequential({
    layers: [layers.dense({ units: classes, inputShape: [inputs], useBias: false })],
  });
  const kernel = tf.tensor(weights, [inputs, classes]);
  model.setWeights([kernel]);
  const rows = tf.tensor(x, [n, inputs]);
  const open = (what: string) => openExamples({ x: rows, y }, { classes, classNames: [], what });
  const [train, metaDev] = [await open("train"), await open("meta-dev")];
  const result = await estimatorOf("store").estimate({
    student: byLayers(openStudent(model, classes, "logits")),
    spec,
    theta,
    guide: teacherGuide({
      spec,
      theta,
      features,
      measurement: { everySteps, devExamples: 0, trainBatches: 1 },
    }),
    stateOf: ({ state }) => Float64Array.of(state.time, 1),
    train,
    metaDev,
    batches: createBatches(n, n, 1, { shuffle: false }),
    metric: metricOf("dev-cross-entropy"),
    recipe: {
      optimizer: { kind: "sgd", learningRate: rate, weightDecay: 0 },
      schedule: "constant",
      batchSize: n,
      steps,
    },
  });
  const lesson = { spec, inputs, x, y, weights, rate, steps, everySteps };
  expect(result.status).toBe("ok");
  expect(result.metric).toBeCloseTo(metricAfterLesson(lesson, theta), 5);
  const found = Object.entries(result.dTheta!);
  const size = Math.hypot(...found.flatMap(([, { data }]) => Array.from(data)));
  expect(size).toBeGreaterThan(1e-3);
  for (const [name, { data }] of found)
    for (const [i, value] of data.entries()) {
      const at = (by: number) =>
        metricAfterLesson(lesson, {
          ...theta,
          [name]: { ...theta[name]!, data: theta[name]!.data.map((v, j) => (j === i ? v + by : v)) },
        });
      const difference = (at(1e-4) - at(-1e-4)) / 2e-4;
      expect(Math.abs(value - difference) / size, `${name}[${i}]`).toBeLessThan(2e-5);
    }
  tf.dispose([kernel, rows]);
  train.dispose();
  metaDev.dispose();
  model.dispose();
});
