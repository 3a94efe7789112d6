import * as tf from "@tensorflow/tfjs-core";
import type { CustomCallbackArgs, LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { createBatches } from "../lesson/batches.ts";
import { cornerData, leaks, mlp, oneHot, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import type { Lesson, TeacherLessonOptions } from "./lesson.ts";
import type { Teacher } from "./teacher.ts";

beforeAll(() => useBackend("cpu"));

const train = cornerData(60);
const dev = cornerData(30);
const quiet = { shuffle: false, yieldEvery: "never", verbose: 0 } as const;

async function fit(
  model: LayersModel,
  lesson: Lesson,
  {
    epochs = 5,
    optimizer = tf.train.sgd(0.5),
    extra = [],
    y = oneHot(train.y),
    ...rest
  }: {
    epochs?: number;
    optimizer?: tf.Optimizer;
    extra?: CustomCallbackArgs[];
    y?: number[][];
    classWeight?: Record<string, number>;
    validationData?: [tf.Tensor, tf.Tensor];
  } = {},
) {
  model.compile({ optimizer, loss: lesson.loss });
  const [xs, ys] = [tf.tensor2d(train.x), tf.tensor2d(y)];
  try {
    return await model.fit(xs, ys, {
      batchSize: 15,
      epochs,
      ...quiet,
      ...rest,
      callbacks: [lesson.callbacks, ...extra],
    });
  } finally {
    tf.dispose([xs, ys]);
    optimizer.dispose();
  }
}

async function ownLoop(model: LayersModel, lesson: Lesson, optimizer: tf.Optimizer): Promise<void> {
  const [xs, ys] = [tf.tensor2d(train.x), tf.tensor1d(train.y, "int32")];
  const batches = createBatches(60, 15, 0, { shuffle: false });
  for (let t = 0; await lesson.next(); t++)
    tf.tidy(() => {
      const rows = tf.tensor1d(batches.indices(t), "int32");
      const [x, y] = [tf.gather(xs, rows), tf.gather(ys, rows)];
      optimizer.minimize(() => lesson.loss(y, model.apply(x, { training: true }) as tf.Tensor));
    });
  tf.dispose([xs, ys]);
}

async function taught(teacher: Teacher, options: TeacherLessonOptions = {}) {
  const model = mlp();
  const result = await teacher.teach(model, { train, shuffle: false, ...options });
  return { weights: weightsOf(model), emissions: result.emissions };
}

describe.each(["no-dev", "full"] as const)("a %s teacher", (featureSet) => {
  const options = featureSet === "full" ? { dev } : {};

  test("teaches through model.fit as through teach: the same φ and weights, bit by bit", async () => {
    const teacher = smallTeacher({ featureSet });
    const expected = await taught(teacher, options);
    const model = mlp();
    const lesson = teacher.lesson(model, options);
    await fit(model, lesson);
    expect(lesson).toMatchObject({ status: "completed", steps: 20, weightsOfStep: 20, warnings: [] });
    expect(lesson.emissions).toEqual(expected.emissions);
    expect(weightsOf(model)).toEqual(expected.weights);
  });

  test("teaches through a loop of one's own, too", async () => {
    const teacher = smallTeacher({ featureSet });
    const expected = await taught(teacher, options);
    const model = mlp();
    const optimizer = tf.train.sgd(0.5);
    const lesson = teacher.lesson(model, { ...options, optimizer });
    await ownLoop(model, lesson, optimizer);
    expect(lesson).toMatchObject({ status: "completed", steps: 20, warnings: [] });
    expect(lesson.emissions).toEqual(expected.emissions);
    expect(weightsOf(model)).toEqual(expected.weights);
    expect(optimizer.getConfig()).toEqual({ learningRate: 0.5 });
    optimizer.dispose();
  });
});

test("nothing leaks: after fit, a loop, an error, an abandoned lesson", async () => {
  const model = mlp();
  const teacher = smallTeacher({ featureSet: "full" });
  // The first fit makes the model's own tensors.
  await fit(model, teacher.lesson(model, { dev }));
  const left = await leaks(async () => {
    await fit(model, teacher.lesson(model, { dev }));
    const optimizer = tf.train.sgd(0.5);
    await ownLoop(model, teacher.lesson(model, { dev, optimizer }), optimizer);
    optimizer.dispose();
    const abandoned = teacher.lesson(model, { dev });
    await abandoned.next();
    abandoned.dispose();
    abandoned.dispose();
    expect(abandoned.status).toBe("aborted");
    const unused = teacher.lesson(model, { dev });
    unused.dispose();
    expect([unused.status, await unused.next()]).toEqual(["aborted", false]);
    const broken = teacher.lesson(model, { dev: { x: [[Number.NaN, 0]], y: [0] } });
    await expect(broken.next()).rejects.toThrow(/dev\.x has NaN or infinity in example 0/);
  });
  expect(left).toBe(0);
});

test("validation and evaluation use the loss without disturbing the student's statistics", async () => {
  const teacher = smallTeacher();
  const expected = await taught(teacher);
  const model = mlp();
  const lesson = teacher.lesson(model);
  const validation: [tf.Tensor, tf.Tensor] = [tf.tensor2d(dev.x), tf.tensor2d(oneHot(dev.y))];
  const { history } = await fit(model, lesson, { validationData: validation });
  expect(history.val_loss).toHaveLength(5);
  expect(lesson.emissions).toEqual(expected.emissions);
  const left = await leaks(async () => tf.dispose(model.evaluate(...validation, { batchSize: 30 })));
  expect(left).toBe(0);
  tf.dispose(validation);
});

test("the rate follows the schedule, and comes back", async () => {
  const model = mlp();
  const optimizer = tf.train.adam(0.5);
  const rates: number[] = [];
  const extra = [{ onBatchEnd: async () => void rates.push(optimizer.getConfig().learningRate as number) }];
  const lesson = smallTeacher().lesson(model);
  await fit(model, lesson, { optimizer, extra });
  expect(rates[0]).toBe(0.5);
  expect(rates[10]).toBeCloseTo(0.25, 12);
  expect(optimizer.getConfig().learningRate).toBe(0.5);
  expect(lesson.warnings.map(({ message }) => message)).toEqual(["kind is adam, expected sgd."]);
});

test("past T, time stays 1, and a warning says so", async () => {
  const model = mlp();
  const lesson = smallTeacher().lesson(model);
  await fit(model, lesson, { epochs: 8 });
  expect(lesson.emissions.map(({ state }) => state.time)).toEqual([0, 0.25, 0.5, 0.75, 1, 1, 1]);
  expect(lesson.warnings).toEqual([{ kind: "horizon", message: "steps is 32, expected 20." }]);
  const short = smallTeacher().lesson(model);
  await fit(model, short, { epochs: 2 });
  expect(short.warnings.map(({ message }) => message)).toEqual(["steps is 8, expected 20."]);
});

test("a diverging student stops fit, with its best weights", async () => {
  const model = mlp();
  const lesson = smallTeacher().lesson(model);
  const wrong = oneHot(train.y.map((k, i) => (i % 7 === 0 ? (k + 1) % 3 : k)));
  await fit(model, lesson, { optimizer: tf.train.sgd(1e4), y: wrong });
  expect(lesson).toMatchObject({ status: "diverged", steps: 5, weightsOfStep: 0 });
  expect(weightsOf(model)).toEqual(weightsOf(mlp()));
});

test("an abort stops fit where it was", async () => {
  const teacher = smallTeacher();
  const controller = new AbortController();
  const model = mlp();
  const lesson = teacher.lesson(model, { signal: controller.signal });
  let steps = 0;
  await fit(model, lesson, {
    extra: [{ onBatchEnd: async () => void (++steps === 7 && controller.abort()) }],
  });
  expect(lesson).toMatchObject({ status: "aborted", steps: 7, weightsOfStep: 7 });
  const same = mlp();
  const again = new AbortController();
  const onStep = ({ step }: { step: number }) => void (step === 6 && again.abort());
  await teacher.teach(same, { train, shuffle: false, signal: again.signal, onStep });
  expect(weightsOf(model)).toEqual(weightsOf(same));
});

describe("misuse is refused", () => {
  test("class weights in fit", async () => {
    const model = mlp();
    await expect(
      fit(model, smallTeacher().lesson(model), { classWeight: { 0: 1, 1: 2, 2: 3 } }),
    ).rejects.toThrow(/model\.fit scaled the lesson's loss: class weights.*Leave classWeight out/);
  });

  test("labels of another shape", async () => {
    const model = mlp();
    const lesson = smallTeacher().lesson(model);
    await lesson.next();
    expect(() => tf.tidy(() => lesson.loss(tf.zeros([15, 5]), tf.zeros([15, 3])))).toThrow(
      "The labels have shape [15, 5], expected [15, 3]. Pass tf.oneHot(labels, 3).",
    );
    lesson.dispose();
  });

  test("a loss before the first step, a lesson without callbacks, a lesson twice", async () => {
    const model = mlp();
    const lesson = smallTeacher().lesson(model);
    expect(() => tf.tidy(() => lesson.loss(tf.zeros([1, 3]), tf.zeros([1, 3])))).toThrow(
      /await lesson\.next\(\)/,
    );
    await fit(model, lesson);
    await expect(fit(model, lesson)).rejects.toThrow(/This lesson has begun/);
    expect(await lesson.next()).toBe(false);
  });

  test("no dev data for a teacher that looks at it, T of 0, another number of classes", () => {
    expect(() => smallTeacher({ featureSet: "full" }).lesson(mlp())).toThrow(/there is none.*Pass dev/);
    expect(() => smallTeacher().lesson(mlp(), { steps: 0 })).toThrow(
      /steps is 0, expected an integer from 1/,
    );
    expect(() => smallTeacher().lesson(mlp({ units: 4 }))).toThrow(/output has 4 units/);
  });
});

test("a sigmoid output takes 0 and 1 in fit, as in teach", async () => {
  const two = cornerData(60, 2);
  const teacher = smallTeacher({ classes: 2 });
  const [a, b] = [mlp({ units: 1, activation: "sigmoid" }), mlp({ units: 1, activation: "sigmoid" })];
  await teacher.teach(a, { train: two, shuffle: false });
  const lesson = teacher.lesson(b);
  b.compile({ optimizer: tf.train.sgd(0.5), loss: lesson.loss });
  const [xs, ys] = [tf.tensor2d(two.x), tf.tensor2d(two.y, [60, 1])];
  await b.fit(xs, ys, { batchSize: 15, epochs: 5, ...quiet, callbacks: lesson.callbacks });
  expect(weightsOf(b)).toEqual(weightsOf(a));
  tf.dispose([xs, ys]);
});
