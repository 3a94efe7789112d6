import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { createBatches } from "../lesson/batches.ts";
import { cornerData, leaks, mlp, oneHot, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import type { Data } from "../student/examples.ts";
import { teachDataset, type BatchDataset } from "./index.ts";

beforeAll(() => useBackend("cpu"));

const { x, y } = cornerData(60);
const batchSize = 15;
const quiet = { shuffle: false, yieldEvery: "never", verbose: 0 } as const;
type Nested = number[] | number[][] | number[][][];
interface Form {
  readonly model: () => layers.LayersModel;
  readonly x: Nested;
  readonly y: Nested;
  readonly weights?: Nested;
}

/** Token k is of class k mod 3; the last of each sequence is padding. */
const tokens = Array.from({ length: 60 }, (_, i) => [i % 6, (i * 5 + 1) % 6, (i * 2 + 3) % 6, 0]);
const tokenLabels = tokens.map((row) => row.map((k) => k % 3));
function tagger(): layers.LayersModel {
  const init = (seed: number) => layers.initializers.randomNormal({ stddev: 0.3, seed });
  return layers.sequential({
    layers: [
      layers.layers.embedding({ inputDim: 6, outputDim: 8, inputLength: 4, embeddingsInitializer: init(1) }),
      layers.layers.timeDistributed({ layer: layers.layers.dense({ units: 3, kernelInitializer: init(2) }) }),
    ],
  });
}
const soft = oneHot(y).map((row) => row.map((v) => 0.9 * v + 0.1 / 3));

const forms: Record<string, Form> = {
  "class numbers, logits": { model: mlp, x, y },
  "one-hot rows, logits": { model: mlp, x, y: oneHot(y) },
  "distributions, probabilities": { model: () => mlp({ activation: "softmax" }), x, y: soft },
  "class numbers, sample weights": { model: mlp, x, y, weights: y.map((k, i) => (k + (i % 4)) / 4) },
  "sequences, one-hot": { model: tagger, x: tokens, y: tokenLabels.map((row) => oneHot(row)) },
  "sequences with padding masked out": {
    model: tagger,
    x: tokens,
    y: tokenLabels,
    weights: tokens.map(() => [1, 1, 1, 0]),
  },
};

const rowsOf = ({ x, y, weights }: Form, indices: Int32Array) => {
  const pick = (values: Nested) => tf.tensor(Array.from(indices, (i) => values[i]) as number[]);
  return { xs: pick(x), ys: pick(y), ...(weights && { weights: pick(weights) }) };
};
const batches = createBatches(60, batchSize, 0, { shuffle: false });

async function byTeach(form: Form) {
  const model = form.model();
  const { emissions } = await smallTeacher().teach(model, { train: form as Data, shuffle: false });
  return { emissions, weights: weightsOf(model) };
}

async function byLoop(form: Form) {
  const model = form.model();
  const optimizer = tf.train.sgd(0.5);
  const lesson = smallTeacher().lesson(model, { optimizer });
  for (let t = 0; await lesson.next(); t++)
    tf.tidy(() => {
      const { xs, ys, weights } = rowsOf(form, batches.indices(t));
      optimizer.minimize(() => lesson.loss(ys, model.apply(xs, { training: true }) as tf.Tensor, weights));
    });
  optimizer.dispose();
  return { emissions: lesson.emissions, weights: weightsOf(model) };
}

/** As tf.data has it; @tensorflow/tfjs-data isn't needed to be one. */
const datasetOf = (form: Form): BatchDataset => ({
  async iterator() {
    let t = 0;
    return {
      next: async () =>
        t < 4 ? { value: rowsOf(form, batches.indices(t++)), done: false } : { value: null, done: true },
    };
  },
});

async function byDataset(form: Form) {
  const model = form.model();
  const { emissions } = await teachDataset(smallTeacher(), model, datasetOf(form));
  return { emissions, weights: weightsOf(model) };
}

async function byFit(form: Form) {
  const model = form.model();
  const lesson = smallTeacher().lesson(model);
  model.compile({ optimizer: tf.train.sgd(0.5), loss: lesson.loss });
  const [xs, ys] = [tf.tensor(form.x), tf.tensor(form.y)];
  await model.fit(xs, ys, { batchSize, epochs: 5, ...quiet, callbacks: lesson.callbacks });
  tf.dispose([xs, ys]);
  return { emissions: lesson.emissions, weights: weightsOf(model) };
}

async function byFitDataset(form: Form) {
  const model = form.model();
  const lesson = smallTeacher().lesson(model);
  model.compile({ optimizer: tf.train.sgd(0.5), loss: lesson.loss });
  type FitDataset = Parameters<layers.LayersModel["fitDataset"]>;
  await model.fitDataset(
    datasetOf(form) as unknown as FitDataset[0],
    {
      epochs: 5,
      yieldEvery: "never",
      verbose: 0,
      callbacks: lesson.callbacks,
    } as FitDataset[1],
  );
  return { emissions: lesson.emissions, weights: weightsOf(model) };
}

describe.each(Object.entries(forms))("%s", (name, form) => {
  const dense = name.includes("one-hot") || name.includes("distributions");

  test("a loop of one's own, and a dataset, give teach's φ and weights, bit by bit", async () => {
    const expected = await byTeach(form);
    expect(expected.emissions).toHaveLength(4);
    expect(expected.emissions[3]!.phi).not.toEqual(expected.emissions[0]!.phi);
    expect(await byLoop(form)).toEqual(expected);
    expect(await byDataset(form)).toEqual(expected);
  });

  if (dense)
    test("model.fit and model.fitDataset give them, too", async () => {
      const expected = await byTeach(form);
      expect(await byFit(form)).toEqual(expected);
      expect(await byFitDataset(form)).toEqual(expected);
    });
});

describe("what model.fit can't do is refused, before the student changes", () => {
  const started = () => {
    const model = mlp();
    const lesson = smallTeacher().lesson(model);
    model.compile({ optimizer: tf.train.sgd(0.5), loss: lesson.loss });
    return { model, lesson, before: weightsOf(model) };
  };
  const refused = async (
    { model, lesson, before }: ReturnType<typeof started>,
    labels: Nested,
    options: Record<string, unknown>,
    message: RegExp,
  ) => {
    const [xs, ys] = [tf.tensor(x), tf.tensor(labels)];
    await expect(
      model.fit(xs, ys, {
        batchSize,
        ...quiet,
        ...options,
        callbacks: lesson.callbacks,
      } as layers.ModelFitArgs),
    ).rejects.toThrow(message);
    lesson.dispose();
    tf.dispose([xs, ys]);
    expect(weightsOf(model)).toEqual(before);
  };

  test("class numbers: TensorFlow.js wants the output's shape (one-hot)", () =>
    refused(started(), y, {}, /target expected a batch of elements/));

  test("sample weights: TensorFlow.js has none yet (teach, a dataset or a loop of one's own has)", () =>
    refused(started(), oneHot(y), { sampleWeight: tf.ones([60]) }, /[sS]ample ?[wW]eight/));
});

describe("a dataset", () => {
  test("takes the recipe's other optimizers, with their decay: teach's bits", async () => {
    for (const optimizer of [
      { kind: "momentum", learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
      { kind: "adam", learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.001 },
    ] as const) {
      const teacher = smallTeacher({ recipe: { optimizer } });
      const [a, b] = [mlp(), mlp()];
      await teacher.teach(a, { train: { x, y }, shuffle: false });
      await teachDataset(teacher, b, datasetOf(forms["class numbers, logits"]!));
      expect(weightsOf(b)).toEqual(weightsOf(a));
    }
  });

  test("leaks nothing: taught, aborted, of a wrong form, empty", async () => {
    const teacher = smallTeacher();
    const model = mlp();
    const form = forms["class numbers, sample weights"]!;
    const left = await leaks(async () => {
      expect((await teachDataset(teacher, model, datasetOf(form))).status).toBe("completed");
      const controller = new AbortController();
      const aborted = await teachDataset(teacher, model, datasetOf(form), {
        signal: controller.signal,
        onStep: ({ step }) => void (step === 2 && controller.abort()),
      });
      expect(aborted).toMatchObject({ status: "aborted", steps: 3 });
      const wrong = { iterator: async () => ({ next: async () => ({ value: { image: tf.zeros([2]) } }) }) };
      await expect(teachDataset(teacher, model, wrong)).rejects.toMatchObject({ code: "invalid-data" });
      const empty = { iterator: async () => ({ next: async () => ({ value: null, done: true }) }) };
      await expect(teachDataset(teacher, model, empty)).rejects.toThrow(/has no batches/);
      for (const [changes, message] of [
        [{ y: oneHot(y, 5) }, "A batch's ys have shape [15, 5], expected [15, 3]. Correct the data."],
        [{ x: x.map(() => [1, 2, 3]) }, "A batch's xs have shape [15, 3], expected [any, 2]."],
        [{ weights: x }, "A batch's weights have shape [15, 2], expected [15]."],
      ] as const)
        await expect(teachDataset(teacher, model, datasetOf({ ...form, ...changes }))).rejects.toThrow(
          message,
        );
    });
    expect(left).toBe(0);
  });

  test("with NaN makes a student diverge, which gets its best weights back", async () => {
    const model = mlp();
    const before = weightsOf(model);
    const broken = datasetOf({ model: mlp, x: x.map((row, i) => (i === 31 ? [Number.NaN, 0] : row)), y });
    const result = await teachDataset(smallTeacher(), model, broken);
    expect(result.status).toBe("diverged");
    expect(weightsOf(model).every(Number.isFinite)).toBe(true);
    expect(result.weightsOfStep === 0 ? weightsOf(model) : before).toEqual(before);
  });
});
