import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { leaks, mlp, useBackend, weightsOf } from "../testing/students.ts";
import { packData, packModel, packTensor, unpackData, unpackModel } from "./pack.ts";

beforeAll(() => useBackend("cpu"));

test("a model arrives as it was, on another thread's side", async () => {
  const model = mlp({ hidden: 5 });
  const { modelTopology, weightSpecs, weightData } = structuredClone(await packModel(model));
  const there = await unpackModel({ modelTopology, weightSpecs, weightData });
  expect(weightsOf(there)).toEqual(weightsOf(model));
  const left = await leaks(async () => (await unpackModel(await packModel(model))).dispose());
  expect(left).toBe(0);
  for (const each of [model, there]) each.dispose();
});

test("data: tensors are copied, packed ones handed over, parts of a buffer cloned, arrays left as they are", async () => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const y = { shape: [2], data: Int32Array.of(0, 1) };
  const weights = { shape: [2], data: new Float32Array(8).fill(1).subarray(2, 4) };
  const { data, transfer } = await packData({ x, y, weights });
  expect(transfer).toHaveLength(2);
  const there = structuredClone(data, { transfer });
  expect([y.data.length, weights.data.length]).toEqual([0, 2]);
  expect(Array.from(x.dataSync())).toEqual([1, 2, 3, 4]);
  const opened = unpackData(there) as { x: tf.Tensor; y: tf.Tensor; weights: tf.Tensor };
  expect(opened.x.arraySync()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect([opened.y.dtype, opened.y.arraySync()]).toEqual(["int32", [0, 1]]);
  expect(opened.weights.arraySync()).toEqual([1, 1]);
  tf.dispose([x, opened]);
  expect(await packData({ x: [[1]], y: ["a"] })).toEqual({ data: { x: [[1]], y: ["a"] }, transfer: [] });
});

test("a packed tensor is a copy: handing it over leaves the tensor alone", async () => {
  const tensor = tf.tensor1d([5, 6]);
  const { data, shape } = await packTensor(tensor);
  structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  expect([shape, Array.from(tensor.dataSync())]).toEqual([[2], [5, 6]]);
  tensor.dispose();
});
