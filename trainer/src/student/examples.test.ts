import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
// Imported for their types: tsc checks the documentation's examples.
import type myStudent from "../../../docs/examples/my-student.ts";
import type myTask from "../../../docs/examples/my-task.ts";
import { loadTask } from "../task/index.ts";
import type { CustomTaskFactory } from "../task/index.ts";
import { loadStudent } from "./index.ts";
import type { StudentBuilder } from "./index.ts";

const example = (name: string) => fileURLToPath(new URL(`../../../docs/examples/${name}`, import.meta.url));
type Examples = [typeof myTask, typeof myStudent] extends [CustomTaskFactory, StudentBuilder] ? true : never;

test("the custom task and student of docs/tasks.md learn together", async () => {
  const typed: Examples = true;
  expect(typed).toBe(true);
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  const request = {
    subset: 400,
    devExamples: 200,
    validationExamples: 50,
    testExamples: 50,
    labelNoise: 0.1,
  };
  const task = await loadTask({ name: example("my-task.ts"), ...request });
  expect(task.classNames).toContain("hourglass");
  expect(task.splits).toEqual({
    metaPool: 1200,
    evaluationPool: 800,
    metaDev: 200,
    validation: 50,
    test: 50,
  });
  const build = await loadStudent(example("my-student.ts"));
  const { train, metaDev } = task.sample(1);
  const model = build({ inputShape: task.inputShape, classes: task.classNames.length, seed: 1 });
  const rows = (x: Float32Array, count: number) => tf.tensor(x, [count, ...task.inputShape]);
  const x = rows(train.x, train.count);
  const target = tf.oneHot(tf.tensor1d(train.y, "int32"), 10);
  const optimizer = tf.train.adam(0.01);
  for (let step = 0; step < 60; step++)
    optimizer.minimize(() =>
      tf.losses.softmaxCrossEntropy(target, model.apply(x, { training: true }) as tf.Tensor),
    );
  const guess = tf.tidy(() =>
    tf.argMax(model.predict(rows(metaDev.x, metaDev.count)) as tf.Tensor, -1).dataSync(),
  );
  const right = metaDev.y.filter((label, i) => label === guess[i]).length;
  expect(right / metaDev.count).toBeGreaterThan(0.5);
});
