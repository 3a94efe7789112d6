import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { cornerData, leaks, mlp, oneHot, smallTeacher, useBackend, weightsOf } from "../testing/students.ts";
import type { TeachOptions } from "./teach.ts";

beforeAll(() => useBackend("cpu"));

const train = cornerData(60);
const { x, y } = train;
type Case = [string, () => Partial<TeachOptions>, string, RegExp];

const withX = (change: (x: number[][]) => unknown): Partial<TeachOptions> => ({
  train: { x: change(x.map((row) => [...row])) as number[][], y },
});
const withY = (labels: unknown): Partial<TeachOptions> => ({ train: { x, y: labels as number[] } });
const disposed = () => {
  const t = tf.tensor2d(x);
  t.dispose();
  return t;
};

const cases: Case[] = [
  ["T of 0", () => ({ steps: 0 }), "invalid-argument", /steps is 0, expected an integer from 1/],
  ["a fractional T", () => ({ steps: 2.5 }), "invalid-argument", /steps is 2\.5/],
  ["batchSize 0", () => ({ batchSize: 0 }), "invalid-argument", /batchSize is 0, expected an integer/],
  ["batchSize NaN", () => ({ batchSize: Number.NaN }), "invalid-argument", /batchSize is NaN/],
  ["a seed of words", () => ({ seed: "x" as unknown as number }), "invalid-argument", /seed is "x"/],
  [
    "an unknown schedule",
    () => ({ schedule: "warm" as "cosine" }),
    "invalid-argument",
    /schedule is "warm", expected constant\|cosine/,
  ],
  [
    "an optimizer by name only",
    () => ({ optimizer: {} as tf.Optimizer }),
    "unsupported",
    /optimizer\.kind is undefined, expected sgd\|momentum\|adam/,
  ],
  [
    "NaN in x",
    () =>
      withX((rows) => {
        rows[7]![1] = Number.NaN;
        return rows;
      }),
    "invalid-data",
    /train\.x has NaN or infinity in example 7\. Correct/,
  ],
  [
    "infinity in x",
    () => withX((rows) => [...rows.slice(1), [Infinity, 0]]),
    "invalid-data",
    /train\.x has NaN or infinity in example 59/,
  ],
  [
    "no data",
    () => ({ train: undefined as unknown as TeachOptions["train"] }),
    "invalid-data",
    /no x or no y/,
  ],
  ["an empty split", () => ({ train: { x: [], y: [] } }), "invalid-data", /The train split is empty/],
  [
    "an empty tensor",
    () => ({ train: { x: tf.zeros([0, 2]), y: [] } }),
    "invalid-data",
    /The train split is empty/,
  ],
  [
    "ragged arrays",
    () => withX((rows) => rows.map((row, i) => (i === 3 ? [1, 2, 3] : i === 4 ? [1] : row))),
    "invalid-data",
    /rectangular array/,
  ],
  [
    "examples of another shape",
    () => withX((rows) => rows.map((row) => [...row, 1])),
    "invalid-data",
    /train\.x has examples of shape \[3\], and the model takes \[2\]/,
  ],
  [
    "fewer labels than examples",
    () => withY(y.slice(1)),
    "invalid-data",
    /train\.y has shape \[59\], expected \[60\]/,
  ],
  [
    "a label of 3",
    () => withY([3, ...y.slice(1)]),
    "invalid-data",
    /train\.y\[0\] isn't a class number from 0 to 2/,
  ],
  [
    "a negative label",
    () => withY([...y.slice(1), -1]),
    "invalid-data",
    /train\.y\[59\] isn't a class number from 0 to 2 \(to ignore it, give it any class, and weight 0\)\./,
  ],
  [
    "a label between classes",
    () => withY([0.5, ...y.slice(1)]),
    "invalid-data",
    /train\.y\[0\] isn't a class number/,
  ],
  [
    "a label of NaN",
    () => withY([Number.NaN, ...y.slice(1)]),
    "invalid-data",
    /train\.y\[0\] isn't a class number/,
  ],
  [
    "an unknown name",
    () => withY(y.map((k) => (k ? `corner-${k}` : "cat"))),
    "invalid-data",
    /train\.y\[0\] is "cat", expected one of corner-0, corner-1, corner-2/,
  ],
  [
    "one-hot labels of another number of classes",
    () => withY(oneHot(y, 5)),
    "invalid-data",
    /train\.y has shape \[60, 5\], expected \[60\] for class numbers/,
  ],
  [
    "rows that are no distribution",
    () => withY(oneHot(y).map((row, i) => (i === 2 ? [1, 1, 0] : row))),
    "invalid-data",
    /train\.y\[2\] isn't a distribution/,
  ],
  [
    "too few weights",
    () => ({ train: { ...train, weights: [1, 2] } }),
    "invalid-data",
    /train\.weights has shape \[2\], expected \[60\]/,
  ],
  [
    "a negative weight",
    () => ({ train: { ...train, weights: y.map((_, i) => (i === 3 ? -1 : 1)) } }),
    "invalid-data",
    /train\.weights\[3\] is negative or not finite/,
  ],
  [
    "a disposed tensor",
    () => ({ train: { x: disposed(), y } }),
    "invalid-data",
    /train\.x is a tensor that was disposed/,
  ],
  ["dev data with NaN", () => ({ dev: { x: [[Number.NaN, 1]], y: [0] } }), "invalid-data", /dev\.x has NaN/],
  ["an empty dev split", () => ({ dev: { x: [], y: [] } }), "invalid-data", /The dev split is empty/],
];

test.each(cases)("%s is refused before a step, and leaks nothing", async (_, options, code, message) => {
  const teacher = smallTeacher({ featureSet: "full" });
  const model = mlp();
  const wanted = { train, dev: cornerData(30), ...options() };
  const before = weightsOf(model);
  const left = await leaks(() =>
    expect(teacher.teach(model, wanted)).rejects.toMatchObject({
      name: "LecternError",
      code,
      message: expect.stringMatching(message),
    }),
  );
  expect(left).toBe(0);
  expect(weightsOf(model)).toEqual(before);
});

const dense = (units: number, activation?: "linear" | "sigmoid") =>
  layers.layers.dense({ units, inputShape: [2], ...(activation && { activation }) });
const frozen = () => {
  const model = mlp();
  model.trainable = false;
  for (const layer of model.layers) layer.trainable = false;
  return model;
};
const gone = () => {
  const model = mlp();
  model.dispose();
  return model;
};
const twoOutputs = () => {
  const input = layers.input({ shape: [2] });
  const outputs = [3, 3].map((units) => dense(units).apply(input) as layers.SymbolicTensor);
  return layers.model({ inputs: input, outputs });
};

test.each([
  [
    "another number of classes",
    () => mlp({ units: 4 }),
    {},
    "invalid-argument",
    /output has 4 units and the teacher 3 classes.*3 units/,
  ],
  [
    "probabilities promised as logits",
    () => mlp({ activation: "softmax" }),
    { outputs: "logits" },
    "invalid-argument",
    /ends in softmax: probabilities where logits were promised/,
  ],
  [
    "sigmoids over several classes",
    () => mlp({ activation: "sigmoid" }),
    {},
    "invalid-argument",
    /ends in sigmoid: no distribution\. Use logits/,
  ],
  [
    "regression",
    () => mlp({ units: 1 }),
    {},
    "invalid-argument",
    /1 units and the teacher 3 classes.*regression needs model\.fit/,
  ],
  ["no trainable weights", frozen, {}, "unsupported", /0 trainable weights, expected/],
  ["weights that were disposed", gone, {}, "invalid-argument", /The model was disposed\. Make it anew\./],
  ["two outputs", twoOutputs, {}, "unsupported", /1 inputs, 2 outputs/],
] as [string, () => layers.LayersModel, Partial<TeachOptions>, string, RegExp][])(
  "a model with %s is refused",
  async (_, make, options, code, message) => {
    const model = make();
    const left = await leaks(() =>
      expect(smallTeacher().teach(model, { train, ...options })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      }),
    );
    expect(left).toBe(0);
  },
);

test.each([
  ["labels", () => ({ train: { x, y: disposed() } }), /train\.y is a tensor that was disposed/],
  [
    "weights",
    () => ({ train: { ...train, weights: disposed() } }),
    /train\.weights is a tensor that was disposed/,
  ],
  ["dev data", () => ({ dev: { x: disposed(), y } }), /dev\.x is a tensor that was disposed/],
  [
    "words for numbers",
    () => ({ train: { x: x.map(() => ["a", "b"]) as never, y } }),
    /train\.x holds strings, expected numbers/,
  ],
  [
    "strings that aren't names",
    () => ({ train: { x, y: y.map(String) } }),
    /train\.y\[0\] is "0", expected one of corner-0/,
  ],
] as [string, () => Partial<TeachOptions>, RegExp][])(
  "disposed or wrong %s: refused, and nothing is left behind",
  async (_, options, message) => {
    const model = mlp();
    const before = weightsOf(model);
    const left = await leaks(() =>
      expect(
        smallTeacher({ featureSet: "full" }).teach(model, { train, dev: cornerData(30), ...options() }),
      ).rejects.toMatchObject({ code: "invalid-data", message: expect.stringMatching(message) }),
    );
    expect(left).toBe(0);
    expect(weightsOf(model)).toEqual(before);
  },
);

test("little is taught, not refused: one class only, three examples, one; warnings say what is odd", async () => {
  for (const [data, expected] of [
    [{ x, y: y.map(() => 1) }, []],
    [cornerData(3), ["batchSize is 3, expected 15."]],
    [cornerData(1), ["batchSize is 1, expected 15."]],
  ] as const) {
    const model = mlp();
    const left = await leaks(async () => {
      const result = await smallTeacher().teach(model, { train: data });
      expect(result.status).toBe("completed");
      expect(result.warnings.map(({ message }) => message)).toEqual(expected);
    });
    expect(left).toBe(0);
    expect(weightsOf(model).every(Number.isFinite)).toBe(true);
  }
});

test("a regression's targets aren't taken for labels of two classes", async () => {
  await expect(
    smallTeacher({ classes: 2 }).teach(mlp({ units: 1 }), { train: { x, y: y.map((k) => k / 3) } }),
  ).rejects.toThrow(/train\.y\[1\] isn't a class number from 0 to 1/);
});
