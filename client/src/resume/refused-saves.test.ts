import { serializeSafetensors } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createTeacher } from "../teacher/index.ts";
import { mlp, smallArtifact, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import { memoryStore, openLesson, readSave, teachWithSaves } from "./index.ts";
import { normedModel, train } from "./resume.fixture.ts";

let save: Uint8Array;

beforeAll(async () => {
  await useBackend("cpu");
  const store = memoryStore();
  const controller = new AbortController();
  await teachWithSaves(smallTeacher(), mlp(), {
    train,
    store,
    signal: controller.signal,
    onStep: ({ step }) => void (step === 6 && controller.abort()),
  });
  save = (await store.read())!;
});

async function refusal(work: () => Promise<unknown>) {
  const error: unknown = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isLecternError(error)) throw new Error(`expected a refusal, got ${String(error)}`);
  return { code: error.code, message: error.message };
}

describe("bytes that aren't a save", () => {
  test("are refused wherever they are cut off", async () => {
    for (const length of [0, 7, 8, 100, save.length - 100, save.length - 1])
      expect(await refusal(() => readSave(save.slice(0, length)))).toMatchObject({
        code: "invalid-data",
        message: expect.stringMatching(
          /^The saved lesson is truncated, or none: .* Go on from another save/,
        ) as string,
      });
  });

  test("are refused if any byte was changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(save.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = save.slice();
        damaged[at]! ^= change;
        const { code } = await refusal(() => readSave(damaged));
        expect(["integrity", "invalid-data", "unsupported"]).toContain(code);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  test("are refused as another file, and as one of a later format", async () => {
    const weights = serializeSafetensors({ W: { shape: [1], data: Float32Array.of(1) } });
    expect(await refusal(() => readSave(weights))).toEqual({
      code: "invalid-data",
      message: "The file isn't a saved lesson. Go on from another save, or begin the lesson anew.",
    });
    const later = serializeSafetensors({}, { format: "lectern-lesson", formatVersion: "2" });
    expect(await refusal(() => readSave(later))).toEqual({
      code: "unsupported",
      message: "The saved lesson has the format version 2, expected 1. Update @lectern/client.",
    });
  });

  test("leave model and store as they were", async () => {
    const damaged = save.slice();
    damaged[save.length - 1]! ^= 1;
    const [model, store] = [mlp(), memoryStore(damaged)];
    expect(await refusal(() => teachWithSaves(smallTeacher(), model, { train, store }))).toEqual({
      code: "integrity",
      message: "The saved lesson is damaged. Go on from another save, or begin the lesson anew.",
    });
    expect(weightsOf(model)).toEqual(weightsOf(mlp()));
    expect(await store.read()).toBe(damaged);
  });
});

describe("another lesson's save is refused:", () => {
  const other = (change: (artifact: ReturnType<typeof smallArtifact>["manifest"]) => object) => {
    const { manifest, tensors } = smallArtifact();
    return createTeacher({ manifest: { ...manifest, ...change(manifest) }, tensors });
  };

  test.each([
    [
      "another teacher's",
      /under the teacher corners@1\.0\.0, and this is edges@1\.0\.0/,
      () => other(() => ({ name: "edges" })),
    ],
    [
      "another version's",
      /this is corners@1\.1\.0\. Load corners@1\.0\.0/,
      () => other(() => ({ version: "1.1.0" })),
    ],
    [
      "another digest's",
      /under another corners@1\.0\.0: its weights' digest is 000000000000…/,
      () => other(({ weights }) => ({ weights: { ...weights, sha256: "1".repeat(64) } })),
    ],
  ])("%s", async (_, message, teacher) => {
    const model = mlp();
    const refused = await refusal(() =>
      teachWithSaves(teacher(), model, { train, store: memoryStore(save) }),
    );
    expect(refused).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(message) as string,
    });
    expect(weightsOf(model)).toEqual(weightsOf(mlp()));
  });

  test.each([
    ["another student's", /another student: its layers/, { model: () => normedModel() }],
    ["a wider student's", /another student/, { model: () => mlp({ hidden: 9 }) }],
    ["other steps", /saved with steps 20, and now it is 30\. Pass the steps/, { options: { steps: 30 } }],
    ["another batch size", /batchSize 15, and now it is 10/, { options: { batchSize: 10 } }],
    [
      "another rate",
      /optimizer \{.*"learningRate":0\.5.*and now it is.*0\.4/,
      { options: { optimizer: { kind: "sgd", learningRate: 0.4 } as const } },
    ],
    ["another seed", /seed 0, and now it is 7/, { options: { seed: 7 } }],
    ["another order", /shuffle true, and now it is false/, { options: { shuffle: false } }],
    [
      "other data",
      /other data/,
      { options: { train: { x: train.x.map(([a, b]) => [a! + 1, b!]), y: train.y } } },
    ],
    ["fewer data", /other data/, { options: { train: { x: train.x.slice(1), y: train.y.slice(1) } } }],
  ])(
    "%s",
    async (
      _,
      message,
      { model = () => mlp(), options = {} }: { model?: () => ReturnType<typeof mlp>; options?: object },
    ) => {
      const student = model();
      const before = weightsOf(student);
      const store = memoryStore(save);
      const refused = await refusal(() =>
        teachWithSaves(smallTeacher(), student, { train, store, ...options }),
      );
      expect(refused).toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(message) as string,
      });
      expect(weightsOf(student)).toEqual(before);
    },
  );

  test("another optimizer's", async () => {
    const options = { train, store: memoryStore(save), optimizer: tf.train.adam(0.5) };
    expect(await refusal(() => teachWithSaves(smallTeacher(), mlp(), options))).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(
        /with the optimizer .*, and now it is Adam \{"learningRate":0\.5/,
      ) as string,
    });
  });

  test("one of teachWithSaves in openLesson", async () => {
    const { message } = await refusal(() => openLesson(smallTeacher(), mlp(), { saved: save }));
    expect(message).toMatch(/saved by teachWithSaves.* Go on with teachWithSaves\./);
  });

  test("one by another optimizer, before the first step of a loop", async () => {
    const optimizer = tf.train.adam(0.05);
    const lesson = await openLesson(smallTeacher(), mlp(), { optimizer });
    const saved = await lesson.save();
    lesson.dispose();
    const again = { saved, optimizer: tf.train.adam(0.04) };
    expect((await refusal(() => openLesson(smallTeacher(), mlp(), again))).message).toMatch(
      /Adam .*"learningRate":0\.05.*and now it is Adam .*0\.04.* Pass the optimizer that it had\./,
    );
  });

  test("an optimizer that isn't of tf.train", async () => {
    class Own extends tf.SGDOptimizer {
      static override get className(): "SGD" {
        return "Own" as "SGD";
      }
    }
    const { code, message } = await refusal(() =>
      openLesson(smallTeacher(), mlp(), { optimizer: new Own(0.1) }),
    );
    expect([code, message]).toEqual(["unsupported", expect.stringMatching(/optimizer Own can't be saved/)]);
  });
});
