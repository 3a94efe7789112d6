import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { useBackend } from "../backend/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { diagnose } from "./diagnose.ts";
import { watchKernels } from "./non-finite-kernel.ts";
import { startingTheta, teacherSpecOf } from "./teacher.ts";
import { tinyConfig, tinyContext } from "./tiny.fixture.ts";

beforeAll(async () => {
  await useBackend("cpu");
  installOverlay();
});

test("the first operation that gives NaN or infinity is named, not those that spread it", async () => {
  const found = await watchKernels(async () => {
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, -1, 4], [2, 2]);
      tf.sum(tf.mul(tf.log(x), 2)).dataSync();
    });
  });
  expect(found).toEqual({
    kernel: "Log",
    what: "result",
    shape: [2, 2],
    position: [1, 0],
    value: Number.NaN,
    count: 1,
    inputShapes: [[2, 2]],
  });
});

test("what was uploaded is told from what was computed; afterwards nothing is watched", async () => {
  const act = () => tf.tidy(() => tf.add(tf.tensor1d([1, Infinity]), 1).dataSync()[1]);
  const found = await watchKernels(() => Promise.resolve(act()));
  expect(found).toMatchObject({ what: "input", position: [1], value: Infinity });
  expect(act()).toBe(Infinity);
  expect(await watchKernels(() => Promise.resolve(tf.tidy(() => tf.add(1, 1))))).toBeUndefined();
});

test("an error of the work's own is the work's own", async () => {
  await expect(watchKernels(() => Promise.reject(new Error("own")))).rejects.toThrow("own");
});

test("a student that diverges: the operation and the step", async () => {
  const base = tinyConfig();
  const { optimizer } = base.recipe;
  const config = tinyConfig({
    recipe: { ...base.recipe, schedule: "constant", optimizer: { ...optimizer, learningRate: 1e20 } },
  });
  const context = await tinyContext(config);
  const theta = startingTheta(config, teacherSpecOf(config, context.task.classNames.length));
  const job = { kind: "hypergradient", theta, seed: 1 } as const;
  expect(await diagnose(context, job)).toMatch(
    /^The operation \w+ gave (NaN|-?Infinity) at \[\d+(, \d+)*\] of its result \[\d+(, \d+)*\] \(\d+ such numbers; from .*\) at step t = [012] of T = 12\.$/,
  );
  const calm = { ...context, config: base };
  expect(await diagnose(calm, job)).toMatch(/^No operation gave NaN or infinity/);
});
