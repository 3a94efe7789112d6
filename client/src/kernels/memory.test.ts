import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { irregular, prepareBackends, type Values } from "./contract.fixture.ts";
import type { WasmBackend } from "./wasm-backend.ts";

beforeAll(prepareBackends);

const attrs = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };
const image = irregular([2, 6, 6, 5], 1);
const filter = irregular([3, 3, 5, 6], 2);
const dy = irregular([2, 6, 6, 6], 3);
const ids: Values = { values: [1, 0, 1], shape: [3], dtype: "int32" };

const calls: [string, Record<string, Values>, object][] = [
  ["Conv2D", { x: image, filter }, attrs],
  ["Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape: image.shape }],
  ["Conv2DBackpropFilter", { x: image, dy }, { ...attrs, filterShape: filter.shape }],
  ["BatchMatMul", { a: image, b: image }, { transposeA: true, transposeB: false }],
  ["DepthwiseConv2dNative", { x: image, filter: irregular([3, 3, 5, 2], 4) }, attrs],
  [
    "MaxPoolGrad",
    { dy: irregular([2, 3, 3, 5], 5), input: image, output: image },
    { filterSize: 2, strides: 2, pad: "valid" },
  ],
  ["UnsortedSegmentSum", { x: irregular([3, 40], 6), segmentIds: ids }, { numSegments: 2 }],
  ["GatherV2", { x: irregular([2, 40], 7), indices: ids }, { axis: 0, batchDims: 0 }],
];

it("holds no more after 10,000 calls than after a few", async () => {
  await tf.setBackend("wasm");
  const backend = tf.backend() as unknown as WasmBackend & tf.KernelBackend;
  const prepared = calls.map(([name, inputs, attrs]) => ({
    kernel: tf.getKernel(name, "wasm"),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([key, { values, shape, dtype }]) => [
        key,
        tf.tensor(Float32Array.from(values), shape, dtype ?? "float32"),
      ]),
    ),
    attrs: attrs as tf.NamedAttrMap,
  }));
  const callAll = (times: number): void => {
    for (let i = 0; i < times; i++)
      for (const { kernel, inputs, attrs } of prepared)
        for (const { dataId } of [kernel.kernelFunc({ inputs, attrs, backend })].flat())
          backend.disposeData(dataId);
  };
  const held = (): object => ({
    tensors: backend.numDataIds(),
    bytes: backend.typedArrayFromHeap(prepared[0]!.inputs["x"]!).buffer.byteLength,
  });
  callAll(10);
  const before = held();
  callAll(1250);
  expect(held()).toEqual(before);
  for (const { inputs } of prepared) tf.dispose(inputs);
});
