import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { registerOptimizers } from "../optimizer/index.ts";
import { leaks, mlp, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import type { OptimizerOptions } from "../optimizer/options.ts";
import type { Teacher, TeachOptions } from "../teacher/index.ts";
import { memoryStore, teachWithSaves } from "./index.ts";
import { dev, makeOptimizer, named, normedModel, train } from "./resume.fixture.ts";

interface Ended {
  weights: number[];
  emissions: unknown;
  warnings: unknown;
}

/** A lesson that nothing interrupts, without saves. */
async function uninterrupted(teacher: Teacher, model: LayersModel, options: TeachOptions): Promise<Ended> {
  const { emissions, warnings, status } = await teacher.teach(model, options);
  expect(status).toBe("completed");
  return { weights: weightsOf(model), emissions, warnings };
}

/** The same, aborted after each of these steps, and gone on with by another model and optimizer, as after a restart. */
async function interrupted(
  teacher: Teacher,
  build: () => LayersModel,
  options: () => TeachOptions,
  after: readonly number[],
): Promise<Ended> {
  const store = memoryStore();
  let resumedAt = 0;
  for (const [i, at] of [...after, Infinity].entries()) {
    const model = build();
    const controller = new AbortController();
    const result = await teachWithSaves(teacher, model, {
      ...options(),
      store,
      signal: controller.signal,
      onStep: ({ step }) => void (step + 1 === at && controller.abort()),
    });
    expect(result).toMatchObject({ resumedAt, inexact: [] });
    if (at === Infinity) {
      expect(result).toMatchObject({ status: "completed", steps: 20, weightsOfStep: 20 });
      return { weights: weightsOf(model), emissions: result.emissions, warnings: result.warnings };
    }
    expect(result).toMatchObject({ status: "aborted", steps: at, weightsOfStep: at });
    resumedAt = after[i]!;
  }
  throw new Error("unreachable");
}

const recipes: Readonly<Record<string, OptimizerOptions>> = {
  sgd: { kind: "sgd", learningRate: 0.5 },
  momentum: { kind: "momentum", learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
  adam: { kind: "adam", learningRate: 0.05 },
  adamax: { kind: "adamax", learningRate: 0.05, decay: 0.01 },
  "centered-rmsprop": { kind: "centered-rmsprop", learningRate: 0.02, momentum: 0.5 },
};

describe.each(["cpu", "wasm"] as const)(
  "on %s, a lesson that goes on has the bits of one that wasn't interrupted",
  (backend) => {
    beforeAll(async () => {
      registerOptimizers();
      await useBackend(backend);
    });

    // 3: before the window of the second measurement opens; 4: it is open; 5: it is due; 9: weights are being judged.
    test.each(named(recipes, backend))("by the recipe's %s", async (_, optimizer) => {
      const teacher = smallTeacher({ featureSet: "full" });
      const options = () => ({ train, dev, optimizer, seed: 3 });
      const expected = await uninterrupted(teacher, mlp(), options());
      expect(await interrupted(teacher, mlp, options, [3, 4, 5, 9, 19])).toEqual(expected);
    });

    test.each(named(makeOptimizer, backend))("by %s of tf.train", async (_, make) => {
      const teacher = smallTeacher();
      const options = () => ({ train, optimizer: make() });
      const expected = await uninterrupted(teacher, normedModel(), options());
      expect(await interrupted(teacher, normedModel, options, [1, 8, 14])).toEqual(expected);
    });

    test("in the data's order, with batches that don't fill an epoch", async () => {
      const teacher = smallTeacher();
      const options = () => ({ train, batchSize: 13, shuffle: false, schedule: "constant" as const });
      const expected = await uninterrupted(teacher, mlp(), options());
      expect(await interrupted(teacher, mlp, options, [6, 11])).toEqual(expected);
    });
  },
);

describe("saves", () => {
  beforeAll(() => useBackend("cpu"));

  test("come every so many steps and at the end; a completed lesson gives its student back at once", async () => {
    const store = memoryStore();
    const saved: number[] = [];
    const model = mlp();
    const options = {
      train,
      store,
      saveEverySteps: 6,
      onSave: ({ step }: { step: number }) => void saved.push(step),
    };
    const first = await teachWithSaves(smallTeacher(), model, options);
    expect(saved).toEqual([6, 12, 18, 20]);
    const again = mlp();
    const steps: number[] = [];
    const second = await teachWithSaves(smallTeacher(), again, {
      ...options,
      onStep: ({ step }) => void steps.push(step),
    });
    expect(steps).toEqual([]);
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(second).toEqual({ ...first, resumedAt: 20 });
  });

  test("a process that dies between two saves goes on from the last", async () => {
    const teacher = smallTeacher();
    const expected = await uninterrupted(teacher, mlp(), { train });
    const store = memoryStore();
    const dying = teachWithSaves(teacher, mlp(), {
      train,
      store,
      saveEverySteps: 4,
      onStep({ step }) {
        if (step === 10) throw new Error("the process dies");
      },
    });
    await expect(dying).rejects.toThrow("the process dies");
    const model = mlp();
    const result = await teachWithSaves(teacher, model, { train, store });
    expect(result).toMatchObject({ resumedAt: 8, status: "completed", emissions: expected.emissions });
    expect(weightsOf(model)).toEqual(expected.weights);
  });

  test("a student that diverges after it went on gets the weights back that were best before", async () => {
    const teacher = smallTeacher();
    // A momentum above 1 lets any student diverge, and none at once.
    const options = () => ({ train, optimizer: tf.train.momentum(0.02, 1.4), steps: 60 });
    const whole = mlp();
    const expected = await teacher.teach(whole, options());
    expect(expected).toMatchObject({ status: "diverged", weightsOfStep: 9 });
    for (const at of [4, 9, 10, 12]) {
      const store = memoryStore();
      const controller = new AbortController();
      await teachWithSaves(teacher, mlp(), {
        ...options(),
        store,
        signal: controller.signal,
        onStep: ({ step }) => void (step + 1 === at && controller.abort()),
      });
      const model = mlp();
      const result = await teachWithSaves(teacher, model, { ...options(), store });
      expect(result).toMatchObject({ ...expected, resumedAt: at });
      expect(weightsOf(model)).toEqual(weightsOf(whole));
    }
  });

  test("leave no tensors behind", async () => {
    const teacher = smallTeacher({ featureSet: "full" });
    const model = normedModel();
    await teacher.teach(model, { train, dev });
    const left = await leaks(async () => {
      const optimizer = tf.train.adam(0.1);
      const store = memoryStore();
      const controller = new AbortController();
      await teachWithSaves(teacher, model, {
        train,
        dev,
        optimizer,
        store,
        saveEverySteps: 3,
        signal: controller.signal,
        onStep: ({ step }) => void (step === 12 && controller.abort()),
      });
      await teachWithSaves(teacher, model, { train, dev, optimizer, store });
      optimizer.dispose();
    });
    expect(left).toBe(0);
  });

  test("say where bits can't be the same: dropout without a seed", async () => {
    const store = memoryStore();
    const controller = new AbortController();
    const options = { train, store, signal: controller.signal, onStep: () => controller.abort() };
    const build = () => {
      const model = normedModel();
      (model.layers[3] as unknown as { seed?: number }).seed = undefined as unknown as number;
      return model;
    };
    await teachWithSaves(smallTeacher(), build(), options);
    const { inexact } = await teachWithSaves(smallTeacher(), build(), { train, store });
    expect(inexact).toHaveLength(1);
    expect(inexact[0]).toMatch(/^The layer dropout_Dropout\d+ drops by Math\.random: give it a seed/);
  });
});
