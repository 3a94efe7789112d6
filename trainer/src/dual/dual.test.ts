import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model, sequential, type LayersModel } from "@tensorflow/tfjs-layers";
import {
  fixedGuide,
  oneHotRows,
  openStudent,
  studentGradients,
  teacherGuide,
  uploadCoefficients,
  type Guide,
} from "@lectern/client/lesson";
import { initialTheta, type TeacherSpec } from "@lectern/shared/teacher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeBackends, useBackend } from "../backend/select.ts";
import { updateAdjoint } from "../hypergradient/adjoint.ts";
import { dualReverseStep, tapeReverseStep, type StepPoint } from "../hypergradient/reverse-step.ts";
import { installOverlay } from "../overlay/index.ts";
import { byLayers, hasDualProduct } from "./index.ts";

const K = 4;

/** Any numbers: sin is as good as random, and the same everywhere. */
const wave = (shape: number[], phase: number, scale = 1): tf.Tensor =>
  tf.tidy(() => {
    const places = tf.range(0, tf.util.sizeFromShape(shape));
    return tf.reshape(tf.mul(tf.sin(tf.add(tf.mul(places, 1.7), phase)), scale), shape);
  });

const image = { inputShape: [9, 8, 3] };

function residual(): LayersModel {
  const x = input({ shape: [8, 8, 3] });
  const normed = (t: ReturnType<typeof input>, filters: number, strides: number, kernelSize = 3) =>
    layers
      .batchNormalization({})
      .apply(
        layers.conv2d({ filters, kernelSize, strides, padding: "same", useBias: false }).apply(t),
      ) as typeof t;
  const stem = layers.reLU().apply(normed(x, 4, 1)) as typeof x;
  const branch = normed(
    layers.activation({ activation: "tanh" }).apply(normed(stem, 8, 2)) as typeof x,
    8,
    1,
  );
  const sum = layers.add().apply([branch, normed(stem, 8, 2, 1)]) as typeof x;
  const pooled = layers.globalAveragePooling2d({}).apply(layers.reLU().apply(sum));
  return model({ inputs: x, outputs: layers.dense({ units: K }).apply(pooled) as typeof x });
}

/** Batch norm behind a sum, one of whose terms another layer reads. */
function normedSum(): LayersModel {
  const x = input({ shape: [6, 6, 3] });
  const convolve = (t: typeof x) =>
    layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", useBias: false }).apply(t) as typeof x;
  const stem = convolve(x);
  const branch = layers.activation({ activation: "tanh" }).apply(convolve(stem)) as typeof x;
  const sum = layers.add().apply([stem, branch]);
  const normed = layers.activation({ activation: "tanh" }).apply(layers.batchNormalization({}).apply(sum));
  const pooled = layers.globalAveragePooling2d({}).apply(normed);
  return model({ inputs: x, outputs: layers.dense({ units: K }).apply(pooled) as typeof x });
}

function sharedLayer(): LayersModel {
  const x = input({ shape: [5] });
  const twice = layers.dense({ units: 5, activation: "tanh" });
  const h = twice.apply(twice.apply(x));
  return model({ inputs: x, outputs: layers.dense({ units: K, useBias: false }).apply(h) as typeof x });
}

const students: Record<string, () => LayersModel> = {
  "dense, relu": () =>
    sequential({
      layers: [layers.dense({ units: 7, inputShape: [5], activation: "relu" }), layers.dense({ units: K })],
    }),
  "a layer that is used twice": sharedLayer,
  "convolutions, tanh, max-pooling": () =>
    sequential({
      layers: [
        layers.conv2d({ ...image, filters: 4, kernelSize: 2, activation: "tanh" }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 6, kernelSize: [2, 3], padding: "same", activation: "relu" }),
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        layers.flatten(),
        layers.dense({ units: 8, activation: "tanh" }),
        layers.dense({ units: K }),
      ],
    }),
  "pooling and flattening before any weight": () =>
    sequential({
      layers: [
        layers.maxPooling2d({ ...image, poolSize: 2 }),
        layers.reLU(),
        layers.flatten(),
        layers.dense({ units: K }),
      ],
    }),
  "residual, batch norm, strides": residual,
  "batch norm behind a sum": normedSum,
};

const uncovered: Record<string, () => LayersModel> = {
  "layer normalisation": () =>
    sequential({ layers: [layers.layerNormalization({ inputShape: [5] }), layers.dense({ units: K })] }),
  "another activation": () =>
    sequential({ layers: [layers.dense({ units: K, inputShape: [5], activation: "elu" })] }),
  "a frozen layer": () =>
    sequential({
      layers: [layers.dense({ units: 3, inputShape: [5], trainable: false }), layers.dense({ units: K })],
    }),
};

const spec: TeacherSpec = {
  family: "mixed",
  architecture: { kind: "attention", keys: 2 },
  classes: K,
  features: 3,
};
const theta = initialTheta(spec, 3);
const teacher: Guide = teacherGuide({
  spec,
  theta,
  features: ["time", "train-accuracy", "one"].map((name) => ({ name, offset: 0, scale: 1 })),
  measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
});

function pointOf(built: LayersModel, guide: Guide, weighted: boolean): StepPoint {
  const student = openStudent(built, K);
  student.variables.forEach((variable, i) => {
    const value = wave(variable.shape, i, 0.4);
    variable.assign(value);
    value.dispose();
  });
  const batch = 6;
  const train = { accuracy: 0.5, crossEntropy: 1, confidence: 0.5, confidenceSpread: 0.1 };
  const phi = Object.fromEntries(
    Object.entries(uploadCoefficients(guide.emit({ time: 0.3, train }))).map(([name, value]) => [
      name,
      tf.variable(value),
    ]),
  );
  return {
    student,
    guide,
    phi,
    batch: {
      x: wave([batch, ...(built.inputs[0]!.shape.slice(1) as number[])], 0.3),
      target: oneHotRows(tf.tensor1d([0, 1, 2, 3, 1, 0], "int32"), K),
      ...(weighted && { weights: tf.tensor1d([1, 0, 2, 1, 0.5, 1]) }),
    },
    weights: student.variables.map((v) => tf.clone(v as tf.Tensor)),
    slots: [],
    rate: 0.3,
    step: 0,
  };
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape);
  const error = tf.tidy(() =>
    tf.div(tf.norm(tf.sub(actual, expected)), tf.add(tf.norm(expected), 1e-6)).dataSync(),
  )[0]!;
  expect(error).toBeLessThan(tolerance);
}

describe.each(["cpu", "wasm"])("dual product on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installOverlay();
  });
  afterAll(() => {
    tf.disposeVariables();
    closeBackends();
  });

  it.each(
    Object.keys(students).flatMap((name) => [
      [name, "mixed teacher", teacher, true] as const,
      [name, "cross-entropy", fixedGuide("cross-entropy"), false] as const,
    ]),
  )("%s, %s: equals the double backward, and leaks nothing", (name, _, guide, weighted) => {
    const point = pointOf(students[name]!(), guide, weighted);
    expect(hasDualProduct(point.student)).toBe(true);
    const adjoint = updateAdjoint({ kind: "sgd", learningRate: 0.3, weightDecay: 0.1 });
    const after = { weights: point.weights.map((w, i) => wave(w.shape, i + 0.5)), slots: [] };
    const expected = tapeReverseStep(point, after, adjoint);
    const before = tf.memory().numTensors;
    const actual = dualReverseStep(point, after, adjoint);
    expect(tf.memory().numTensors).toBe(
      before + actual.cotangent.weights.length + Object.keys(actual.dPhi).length,
    );
    actual.cotangent.weights.forEach((d, i) => {
      // Without dω_{t+1} itself, which would hide the product's error.
      const direct = tf.mul(after.weights[i]!, 1 - 0.03);
      expectClose(tf.sub(d, direct), tf.sub(expected.cotangent.weights[i]!, direct), 2e-5);
    });
    for (const [name, d] of Object.entries(actual.dPhi)) expectClose(d, expected.dPhi[name]!, 2e-5);
    point.student.model.dispose();
  });

  it.each(Object.keys(students))(
    "%s: the gradient equals the tape's, and batch norm's statistics move alike",
    (name) => {
      const point = pointOf(students[name]!(), teacher, true);
      const { student, guide, phi, batch } = point;
      const held = student.statistics.map((v) => v.clone());
      const expected = studentGradients(student, guide, phi, batch);
      const moved = student.statistics.map((v) => v.clone());
      student.statistics.forEach((v, i) => v.assign(held[i]!));
      const before = tf.memory().numTensors;
      const layered = byLayers(student);
      expect(layered.differentiate).toBeDefined();
      const actual = studentGradients(layered, guide, phi, batch);
      expect(tf.memory().numTensors).toBe(before + actual.gradients.length + 2);
      expectClose(actual.loss, expected.loss, 1e-6);
      expectClose(actual.logits, expected.logits, 1e-5);
      actual.gradients.forEach((g, i) => expectClose(g, expected.gradients[i]!, 1e-5));
      student.statistics.forEach((v, i) => expectClose(v, moved[i]!, 1e-6));
      student.model.dispose();
    },
  );

  it("Adam, whose adjoint reads the gradient", () => {
    const point = pointOf(residual(), teacher, false);
    const slots = [0.1, 0.01].map((scale) => point.weights.map((w, i) => tf.abs(wave(w.shape, i, scale))));
    const adjoint = updateAdjoint({
      kind: "adam",
      learningRate: 0.3,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-6,
      weightDecay: 0.1,
    });
    const after = {
      weights: point.weights.map((w, i) => wave(w.shape, i + 0.5)),
      slots: slots.map((s) => s.map((t) => tf.mul(t, 2))),
    };
    const expected = tapeReverseStep({ ...point, slots }, after, adjoint);
    const actual = dualReverseStep({ ...point, slots }, after, adjoint);
    actual.cotangent.weights.forEach((d, i) => expectClose(d, expected.cotangent.weights[i]!, 5e-5));
    actual.cotangent.slots
      .flat()
      .forEach((d, i) => expectClose(d, expected.cotangent.slots.flat()[i]!, 5e-5));
    point.student.model.dispose();
  });

  it.each(Object.keys(uncovered))("%s has no rule: the tape does the whole model", (name) => {
    const built = uncovered[name]!();
    expect(hasDualProduct(openStudent(built, K))).toBe(false);
    built.dispose();
  });
});
