import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterEach, describe, expect, test } from "vitest";
import { selectBackend, type SelectedBackend } from "../backends/index.ts";
import { mlp, smallTeacher } from "../testing/students.ts";
import { useSoftwareGpu } from "../testing/software-gpu.ts";
import { memoryStore, readSave, teachThroughLosses, teachWithSaves } from "./index.ts";
import { dev, train } from "./resume.fixture.ts";

const opened: SelectedBackend[] = [];
const open = async (backend: "webgpu" | "wasm") => {
  const selected = await selectBackend({ order: [backend], allowSoftware: true });
  opened.push(selected);
  return selected;
};
afterEach(() => {
  for (const backend of opened.splice(0)) backend.close();
});

/** Takes the device away, as a driver's reset does. */
const loseDevice = () => (tf.backend() as unknown as { device: GPUDevice }).device.destroy();

const weightsOf = async (model: LayersModel) =>
  (await Promise.all(model.getWeights().map((w) => w.data()))).flatMap((w) => Array.from(w as Float32Array));

// SwiftShader takes a quarter of a second for a step of this student.
const teacher = smallTeacher({ featureSet: "full", everySteps: 4, recipe: { steps: 8 } });
const destroyed = expect.stringMatching(/destroy/i) as string;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe.skipIf(!useSoftwareGpu())("a device that is lost in the middle of a lesson, on SwiftShader", () => {
  test.each([
    ["as a save is due, which isn't believed", 5, 3],
    ["at the last step", 7, 6],
  ])("%s: the lesson goes on upon wasm from the last save", async (_, at, from) => {
    const on = await open("webgpu");
    const model = mlp();
    const store = memoryStore();
    const steps: number[] = [];
    let last: Uint8Array | undefined;
    const result = await teachThroughLosses(teacher, model, {
      train,
      dev,
      store,
      saveEverySteps: 3,
      on,
      reopen: async () => {
        last = await store.read();
        return open("wasm");
      },
      onStep({ step }) {
        steps.push(step);
        if (step === at && tf.getBackend() === "webgpu") loseDevice();
      },
    });
    expect(result).toMatchObject({
      status: "completed",
      steps: 8,
      backend: "wasm",
      resumedAt: from,
      losses: [{ backend: "webgpu", reason: destroyed }],
    });
    expect(steps.slice(0, at + 1)).toEqual(range(0, at + 1));
    expect(steps.slice(from - 8)).toEqual(range(from, 8));
    // What it did is what the save says, on wasm.
    const { record } = await readSave(last!);
    expect(record).toMatchObject({ step: from, backend: "webgpu" });
    const again = mlp();
    const expected = await teachWithSaves(teacher, again, { train, dev, store: memoryStore(last) });
    expect(result.emissions).toEqual(expected.emissions);
    expect(await weightsOf(model)).toEqual(await weightsOf(again));
  });

  test("before the first save, and again: it goes on upon new devices of the same backend, with the caller's optimizer", async () => {
    const on = await open("webgpu");
    const model = mlp();
    const result = await teachThroughLosses(teacher, model, {
      train,
      dev,
      optimizer: tf.train.momentum(0.1, 0.9, true),
      store: memoryStore(),
      saveEverySteps: 3,
      on,
      reopen: () => open("webgpu"),
      onStep({ step }) {
        if ((step === 1 && opened.length === 1) || (step === 4 && opened.length === 2)) loseDevice();
      },
    });
    expect(result).toMatchObject({ status: "completed", backend: "webgpu", losses: [{}, {}] });
    const whole = mlp();
    const { emissions } = await teacher.teach(whole, {
      train,
      dev,
      optimizer: tf.train.momentum(0.1, 0.9, true),
    });
    // The same kernels on the same device, though a new one: the same bits.
    expect(result.emissions).toEqual(emissions);
    expect(await weightsOf(model)).toEqual(await weightsOf(whole));
  });

  test("with nowhere to go on: a typed error, and the last save", async () => {
    const on = await open("webgpu");
    const store = memoryStore();
    const lesson = teachThroughLosses(teacher, mlp(), {
      train,
      dev,
      store,
      saveEverySteps: 3,
      on,
      onStep({ step }) {
        if (step === 4) loseDevice();
      },
    });
    await expect(lesson).rejects.toMatchObject({
      code: "device-lost",
      message: expect.stringMatching(
        /^The backend webgpu lost its device: .*go on from the last save/,
      ) as string,
    });
    expect((await readSave((await store.read())!)).record.step).toBe(3);
    await open("wasm");
    const model = mlp();
    expect(await teachWithSaves(teacher, model, { train, dev, store })).toMatchObject({
      status: "completed",
      resumedAt: 3,
      inexact: ["It was saved on webgpu and goes on on wasm, which rounds in another way."],
    });
  });

  test("data in tensors are refused before the first step", async () => {
    const on = await open("wasm");
    const x = tf.tensor2d(train.x);
    const lesson = teachThroughLosses(teacher, mlp(), {
      train: { ...train, x },
      dev,
      store: memoryStore(),
      on,
    });
    await expect(lesson).rejects.toMatchObject({
      code: "invalid-argument",
      message: /train is given in tensors/,
    });
    x.dispose();
  });
});
