import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { createBatches } from "../lesson/batches.ts";
import { leaks, mlp, oneHot, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import { openLesson, type OpenLessonOptions, type SavableLesson } from "./index.ts";
import { dev, makeOptimizer, named, normedModel, train } from "./resume.fixture.ts";

/** A loop of one's own up to a step: its batches are a function of the step. */
async function loop(
  model: LayersModel,
  lesson: SavableLesson,
  optimizer: tf.Optimizer,
  until = Infinity,
): Promise<void> {
  const [xs, ys] = [tf.tensor2d(train.x), tf.tensor1d(train.y, "int32")];
  const batches = createBatches(60, 13, 4);
  for (let t = lesson.resumedAt; t < until && (await lesson.next()); t++)
    tf.tidy(() => {
      const rows = tf.tensor1d(batches.indices(t), "int32");
      const [x, y] = [tf.gather(xs, rows), tf.gather(ys, rows)];
      optimizer.minimize(() => lesson.loss(y, model.apply(x, { training: true }) as tf.Tensor));
    });
  tf.dispose([xs, ys]);
}

async function fit(
  model: LayersModel,
  lesson: SavableLesson,
  epochs: number,
  optimizer: tf.Optimizer,
  onEpochEnd?: (epoch: number) => Promise<void>,
): Promise<void> {
  model.compile({ optimizer, loss: lesson.loss });
  const [xs, ys] = [tf.tensor2d(train.x), tf.tensor2d(oneHot(train.y))];
  try {
    await model.fit(xs, ys, {
      batchSize: 15,
      epochs,
      initialEpoch: lesson.initialEpoch,
      shuffle: false,
      yieldEvery: "never",
      verbose: 0,
      callbacks: onEpochEnd ? [lesson.callbacks, { onEpochEnd }] : [lesson.callbacks],
    });
  } finally {
    tf.dispose([xs, ys]);
  }
}

const ended = (model: LayersModel, { emissions, warnings, status, steps }: SavableLesson) => ({
  weights: weightsOf(model),
  emissions,
  warnings,
  status,
  steps,
});

describe.each(["cpu", "wasm"] as const)("on %s, a saved lesson goes on with the same bits", (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(named(makeOptimizer, backend))("in a loop of one's own by %s", async (_, make) => {
    const teacher = smallTeacher({ featureSet: "full" });
    /** Steps up to `until`, from where `saved` stands. */
    const go = async (until?: number, saved?: Uint8Array) => {
      const [model, optimizer] = [normedModel(), make()];
      const lesson = await openLesson(teacher, model, { dev, optimizer, saved });
      await loop(model, lesson, optimizer, until);
      return { lesson, ...ended(model, lesson) };
    };
    const { lesson: _whole, ...expected } = await go();
    expect(expected).toMatchObject({ status: "completed", steps: 20 });
    let saved: Uint8Array | undefined;
    for (const until of [2, 9, 15]) saved = await (await go(until, saved)).lesson.save({ until });
    const { lesson, ...found } = await go(undefined, saved);
    expect(lesson).toMatchObject({ resumedAt: 15, extra: { until: 15 }, inexact: [] });
    expect(found).toEqual(expected);
  });

  test("by model.fit without shuffling, from an epoch's end", async () => {
    const teacher = smallTeacher({ featureSet: "full" });
    const whole = normedModel();
    const uninterrupted = await openLesson(teacher, whole, { dev });
    await fit(whole, uninterrupted, 5, tf.train.adam(0.05));
    const expected = ended(whole, uninterrupted);
    expect(expected).toMatchObject({ status: "completed", steps: 20 });

    let saved: Uint8Array | undefined;
    for (const epochs of [2, 3]) {
      const model = normedModel();
      const lesson: SavableLesson = await openLesson(teacher, model, { dev, saved });
      await fit(model, lesson, epochs, tf.train.adam(0.05), async () => {
        saved = await lesson.save();
      });
    }
    const model = normedModel();
    const lesson = await openLesson(teacher, model, { dev, saved });
    expect(lesson).toMatchObject({ resumedAt: 12, initialEpoch: 3, steps: 12, status: "ready" });
    await fit(model, lesson, 5, tf.train.adam(0.05));
    expect(ended(model, lesson)).toEqual(expected);
  });
});

describe("a lesson that is opened", () => {
  beforeAll(() => useBackend("cpu"));

  /** Six steps by Adam, saved. */
  async function sixSteps(
    options: OpenLessonOptions = {},
  ): Promise<{ saved: Uint8Array; model: LayersModel }> {
    const [model, optimizer] = [mlp(), tf.train.adam(0.05)];
    const lesson = await openLesson(smallTeacher(), model, { ...options, optimizer });
    await loop(model, lesson, optimizer, 6);
    const saved = await lesson.save({ note: "six" });
    lesson.dispose();
    return { saved, model };
  }

  test("gives the model its weights at once, and the save again before the first step", async () => {
    const { saved, model } = await sixSteps();
    const again = mlp();
    const lesson = await openLesson(smallTeacher(), again, { saved, optimizer: tf.train.adam(0.05) });
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(await lesson.save()).toEqual(saved);
    expect(lesson).toMatchObject({ status: "ready", steps: 6, weightsOfStep: 6, extra: { note: "six" } });
    expect(lesson.emissions.map(({ step }) => step)).toEqual([0, 5]);
    lesson.dispose();
  });

  test("isn't saved in the middle of a step, of an epoch, after its end, or without its optimizer", async () => {
    const refusal = async (work: Promise<unknown>) =>
      (await work.then(String, (error: Error) => error)) as Error;
    const [model, optimizer] = [mlp(), tf.train.sgd(0.5)];
    const lesson = await openLesson(smallTeacher(), model, { optimizer });
    await lesson.next();
    expect(await refusal(lesson.save())).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/hasn't been taken\. Save after optimizer\.minimize/) as string,
    });
    lesson.dispose();
    expect(await refusal(lesson.save())).toMatchObject({ code: "invalid-argument" });
    const unknown = await openLesson(smallTeacher(), model);
    await unknown.next();
    tf.tidy(() => unknown.loss(tf.zeros([1, 3]), tf.zeros([1, 3])));
    expect(await refusal(unknown.save())).toMatchObject({
      message: expect.stringContaining("Pass it to openLesson: { optimizer }.") as string,
    });
    unknown.dispose();
    const fitted = await openLesson(smallTeacher(), model);
    const inEpoch: Error[] = [];
    const onBatchEnd = async () => void inEpoch.push(await refusal(fitted.save()));
    model.compile({ optimizer: tf.train.sgd(0.5), loss: fitted.loss });
    const [xs, ys] = [tf.tensor2d(train.x), tf.tensor2d(oneHot(train.y))];
    await model.fit(xs, ys, {
      batchSize: 15,
      epochs: 1,
      verbose: 0,
      callbacks: [fitted.callbacks, { onBatchEnd }],
    });
    expect(inEpoch).toHaveLength(4);
    expect(inEpoch[0]).toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(
        /middle of an epoch\. Save from an onEpochEnd .*or use lesson\.next/,
      ) as string,
    });
    tf.dispose([xs, ys]);
  });

  test("refuses fit from another epoch than it was saved after", async () => {
    const model = mlp();
    let saved: Uint8Array | undefined;
    const first = await openLesson(smallTeacher(), model);
    await fit(model, first, 1, tf.train.sgd(0.5), async () => {
      saved = await first.save();
    });
    const again = mlp();
    const lesson = await openLesson(smallTeacher(), again, { saved });
    const wrong = Object.defineProperty(lesson, "initialEpoch", { value: 0 });
    await expect(fit(again, wrong, 2, tf.train.sgd(0.5))).rejects.toThrow(
      "model.fit begins epoch 0, and the lesson has 1 behind it. Pass initialEpoch: lesson.initialEpoch.",
    );
    lesson.dispose();
  });

  test("leaves no tensors behind", async () => {
    await sixSteps();
    const left = await leaks(async () => {
      const optimizer = tf.train.adam(0.05);
      const model = mlp();
      const lesson = await openLesson(smallTeacher(), model, { optimizer });
      await loop(model, lesson, optimizer, 9);
      const saved = await lesson.save();
      lesson.dispose();
      const more = await openLesson(smallTeacher(), model, { optimizer, saved });
      await loop(model, more, optimizer);
      await (await openLesson(smallTeacher(), model, { optimizer, saved })).dispose();
      optimizer.dispose();
      model.dispose();
    });
    expect(left).toBe(0);
  });
});
