import { createTeacher } from "@lectern/client";
import { selectBackend } from "@lectern/client/backends";
import { memoryStore, openLesson, teachWithSaves } from "@lectern/client/resume";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import { cornerData, mlp, smallArtifact } from "../client/src/testing/students.ts";

const steps = 10_000;
const [train, dev] = [cornerData(60), cornerData(30)];
const teacher = createTeacher(smallArtifact({ featureSet: "full", recipe: { steps }, everySteps: 25 }));
let close: () => void = () => undefined;
afterEach(() => close());

/** The tensors that are alive at these steps, which must be the same ones' number. */
function counter() {
  const counts = new Set<number>();
  return {
    counts,
    note(step: number) {
      // Within an interval the number changes with what the next measurement will read.
      if (step % 500 === 99) counts.add(tf.memory().numTensors);
    },
  };
}

describe.each(["cpu", "wasm"] as const)("no tensor is left on %s by 10,000 taught steps", (backend) => {
  async function expectNoLeak(work: () => Promise<Set<number>>): Promise<void> {
    ({ close } = await selectBackend({ order: [backend] }));
    await teacher.teach(mlp(), { train, dev, steps: 30 });
    const before = tf.memory();
    const counts = await work();
    expect(counts.size).toBe(1);
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);
  }

  test("of teach", async () => {
    await expectNoLeak(async () => {
      const { counts, note } = counter();
      const model = mlp();
      const { status } = await teacher.teach(model, { train, dev, onStep: ({ step }) => note(step) });
      expect(status).toBe("completed");
      model.dispose();
      return counts;
    });
  });

  test("of teach with a hundred saves", async () => {
    await expectNoLeak(async () => {
      const { counts, note } = counter();
      const model = mlp();
      const optimizer = tf.train.adam(0.01);
      const saves: number[] = [];
      await teachWithSaves(teacher, model, {
        train,
        dev,
        optimizer,
        store: memoryStore(),
        onStep: ({ step }) => note(step),
        onSave: ({ step }) => void saves.push(step),
      });
      expect(saves).toHaveLength(steps / 100);
      for (const owner of [model, optimizer]) owner.dispose();
      return counts;
    });
  });

  test("of a loop of one's own", async () => {
    await expectNoLeak(async () => {
      const { counts, note } = counter();
      const model = mlp();
      const optimizer = tf.train.adam(0.01);
      const lesson = await openLesson(teacher, model, { dev, optimizer });
      const [xs, ys] = [tf.tensor2d(train.x), tf.tensor1d(train.y, "int32")];
      for (let t = 0; await lesson.next(); t++) {
        optimizer.minimize(() => lesson.loss(ys, model.apply(xs, { training: true }) as tf.Tensor));
        note(t);
      }
      expect(lesson.status).toBe("completed");
      tf.dispose([xs, ys]);
      for (const owner of [model, optimizer]) owner.dispose();
      return counts;
    });
  });
});
