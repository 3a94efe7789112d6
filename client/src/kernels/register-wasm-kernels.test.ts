import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { registerWasmKernels } from "./register-wasm-kernels.ts";

type Shape4 = [number, number, number, number];
type Padding = tf.backend_util.ExplicitPadding | "same" | "valid" | number;

beforeAll(async () => {
  tf.env().set("PROD", true);
  expect(registerWasmKernels()).toBe(true);
  expect(registerWasmKernels()).toBe(true);
  await tf.ready();
});

/** Irregular numbers of both signs, without ties. */
function numbers(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 2 * (((i + 1) * 0.61803 + phase * 0.41421) % 1) - 1);
}

const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);

/** Runs a kernel on one backend. Leaks there fail the test. */
async function run(
  backend: string,
  kernelName: string,
  inputs: Record<string, { values: ArrayLike<number>; shape: number[]; dtype?: "int32" }>,
  attrs: object,
): Promise<{ shape: number[]; values: number[] }[]> {
  await tf.setBackend(backend);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { values, shape, dtype }]) => [
      name,
      tf.tensor(Array.from(values), shape, dtype ?? "float32"),
    ]),
  );
  const before = tf.engine().backend.numDataIds();
  const output = tf
    .engine()
    .runKernel<tf.Tensor | tf.Tensor[]>(kernelName, tensors, attrs as tf.NamedAttrMap);
  const outputs = [output].flat();
  expect(tf.engine().backend.numDataIds() - before).toBe(outputs.length);
  const results = outputs.map((tensor) => ({ shape: tensor.shape, values: [...tensor.dataSync()] }));
  tf.dispose([tensors, outputs]);
  return results;
}

/** The contract: what the slow reference backend computes, to 1e-5 of its norm. */
async function expectLikeCpu(
  ...args: Parameters<typeof run> extends [string, ...infer Rest] ? Rest : never
): Promise<void> {
  const expected = await run("cpu", ...args);
  const actual = await run("wasm", ...args);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) {
    const error = Math.hypot(...values.map((value, j) => value - (actual[i]?.values[j] ?? Number.NaN)));
    expect(error).toBeLessThanOrEqual(1e-5 * Math.max(Math.hypot(...values), 1e-6));
  }
}

interface Convolution {
  input: Shape4;
  filter: [number, number];
  filters: number;
  strides: [number, number];
  pad: Padding;
  dimRoundingMode?: "floor";
}

async function checkConvolution({
  input,
  filter,
  filters,
  strides,
  pad,
  dimRoundingMode,
}: Convolution): Promise<void> {
  const filterShape: Shape4 = [...filter, input[3], filters];
  const info = tf.backend_util.computeConv2DInfo(input, filterShape, strides, 1, pad, dimRoundingMode);
  const dy = { values: numbers(size(info.outShape), 1), shape: info.outShape };
  const attrs = { strides, pad, dataFormat: "NHWC", dimRoundingMode };
  const x = { values: numbers(size(input), 2), shape: input };
  const w = { values: numbers(size(filterShape), 3), shape: filterShape };
  await expectLikeCpu("Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape });
  await expectLikeCpu("Conv2DBackpropInput", { dy, filter: w }, { ...attrs, inputShape: input });
}

describe("the two gradients of a convolution (tfjs #8474)", () => {
  const table: [string, Convolution][] = [
    ["LeNet's first", { input: [3, 28, 28, 1], filter: [5, 5], filters: 4, strides: [1, 1], pad: "valid" }],
    ["LeNet's second", { input: [2, 12, 12, 5], filter: [5, 5], filters: 6, strides: [1, 1], pad: "valid" }],
    ["residual", { input: [2, 8, 8, 4], filter: [3, 3], filters: 4, strides: [1, 1], pad: "same" }],
    [
      "residual, stride 2, even",
      { input: [2, 8, 8, 3], filter: [3, 3], filters: 5, strides: [2, 2], pad: "same" },
    ],
    [
      "residual, stride 2, odd",
      { input: [2, 7, 9, 3], filter: [3, 3], filters: 5, strides: [2, 2], pad: "same" },
    ],
    ["shortcut", { input: [2, 8, 8, 3], filter: [1, 1], filters: 5, strides: [2, 2], pad: "same" }],
    ["pointwise", { input: [2, 4, 4, 3], filter: [1, 1], filters: 2, strides: [1, 1], pad: "valid" }],
    ["rows left over", { input: [1, 8, 9, 2], filter: [3, 2], filters: 2, strides: [3, 3], pad: "valid" }],
    ["unequal strides", { input: [2, 7, 8, 2], filter: [2, 3], filters: 3, strides: [1, 2], pad: "same" }],
    ["even filter, same", { input: [2, 5, 6, 2], filter: [2, 4], filters: 3, strides: [1, 1], pad: "same" }],
    ["numeric padding", { input: [2, 6, 6, 2], filter: [3, 3], filters: 2, strides: [1, 1], pad: 1 }],
    [
      "numeric padding, floor",
      { input: [2, 6, 7, 2], filter: [3, 3], filters: 2, strides: [2, 2], pad: 1, dimRoundingMode: "floor" },
    ],
    [
      "padding wider than the filter",
      { input: [1, 4, 4, 2], filter: [2, 2], filters: 2, strides: [1, 1], pad: 2 },
    ],
    [
      "explicit padding",
      {
        input: [2, 6, 5, 2],
        filter: [3, 3],
        filters: 2,
        strides: [1, 1],
        pad: [
          [0, 0],
          [0, 2],
          [1, 0],
          [0, 0],
        ],
      },
    ],
    ["one pixel", { input: [4, 3, 3, 2], filter: [3, 3], filters: 2, strides: [1, 1], pad: "valid" }],
  ];

  it.each(table)("%s", (_, convolution) => checkConvolution(convolution));

  it("any small shape, stride and padding", async () => {
    const length = fc.integer({ min: 4, max: 8 });
    const edge = fc.integer({ min: 1, max: 4 });
    const count = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(count, length, length, count),
          filter: fc.tuple(edge, edge),
          filters: count,
          strides: fc.tuple(count, count),
          pad: fc.constantFrom<Padding>("same", "valid"),
        }),
        checkConvolution,
      ),
      { seed: 8474, numRuns: 60 },
    );
  });

  it("stays right when one filter's values change between calls", async () => {
    const convolution: Convolution = {
      input: [1, 5, 5, 2],
      filter: [3, 3],
      filters: 2,
      strides: [1, 1],
      pad: "same",
    };
    await checkConvolution(convolution);
    await checkConvolution({ ...convolution, input: [2, 5, 5, 2] });
    await checkConvolution(convolution);
  });
});

describe("BatchMatMul", () => {
  const sizes: [number, number, number][] = [
    [1, 1, 1],
    [3, 4, 5],
    [33, 40, 17],
    [64, 500, 10],
  ];
  const flags = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  const table = sizes.flatMap((dims) => flags.map((transposed) => [dims, transposed] as const));
  it.each(table)("%j, transposed %j", async ([rows, inner, columns], [transposeA, transposeB]) => {
    const aShape = transposeA ? [inner, rows] : [rows, inner];
    const bShape = transposeB ? [columns, inner] : [inner, columns];
    const a = { values: numbers(rows * inner, 1), shape: aShape };
    const b = { values: numbers(inner * columns, 2), shape: bShape };
    await expectLikeCpu("BatchMatMul", { a, b }, { transposeA, transposeB });
  });

  it("multiplies batches, one of them repeated", async () => {
    const a = { values: numbers(3 * 20 * 30, 1), shape: [3, 20, 30] };
    const b = { values: numbers(25 * 30, 2), shape: [1, 25, 30] };
    await expectLikeCpu("BatchMatMul", { a, b }, { transposeA: false, transposeB: true });
    const c = { values: numbers(3 * 30 * 20, 1), shape: [3, 30, 20] };
    await expectLikeCpu("BatchMatMul", { a: c, b }, { transposeA: true, transposeB: true });
  });
});

describe("max-pooling's gradient", () => {
  interface Pooling {
    input: Shape4;
    filterSize: [number, number];
    strides: [number, number];
    pad: "same" | "valid";
    shift: number;
  }

  async function checkPooling({ input, shift, ...attrs }: Pooling): Promise<void> {
    const info = tf.backend_util.computePool2DInfo(input, attrs.filterSize, attrs.strides, 1, attrs.pad);
    const x = { values: numbers(size(input), 1).map((value) => value + shift), shape: input };
    const dy = { values: numbers(size(info.outShape), 2), shape: info.outShape };
    await expectLikeCpu("MaxPoolGrad", { dy, input: x, output: dy }, attrs);
    await expectLikeCpu("MaxPoolWithArgmax", { x }, { ...attrs, includeBatchInIndex: true });
    await expectLikeCpu("MaxPoolWithArgmax", { x }, { ...attrs, includeBatchInIndex: false });
  }

  it("is right where a window holds only negative numbers", () =>
    checkPooling({ input: [2, 4, 4, 3], filterSize: [2, 2], strides: [2, 2], pad: "valid", shift: -2 }));

  it("gives a tie to its first place, as the cpu backend does", async () => {
    const x = { values: [1, 1, 1, 1], shape: [1, 2, 2, 1] };
    const attrs = { filterSize: 2, strides: 2, pad: "valid" };
    const dy = { values: [5], shape: [1, 1, 1, 1] };
    const [result] = await run("wasm", "MaxPoolGrad", { dy, input: x, output: dy }, attrs);
    expect(result?.values).toEqual([5, 0, 0, 0]);
    await expectLikeCpu("MaxPoolGrad", { dy, input: x, output: dy }, attrs);
  });

  it("any small shape, stride and padding", async () => {
    const length = fc.integer({ min: 3, max: 7 });
    const few = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(few, length, length, few),
          filterSize: fc.tuple(few, few),
          strides: fc.tuple(few, few),
          pad: fc.constantFrom("same" as const, "valid" as const),
          shift: fc.constantFrom(-2, 0, 2),
        }),
        checkPooling,
      ),
      { seed: 22, numRuns: 40 },
    );
  });
});

describe("GatherV2", () => {
  const x = { values: numbers(4 * 3 * 40, 1), shape: [4, 3, 40] };
  const indices = { values: [2, 0, 2, 1], shape: [2, 2], dtype: "int32" as const };

  it.each([0, 1, 2])("picks along axis %i", async (axis) => {
    await expectLikeCpu("GatherV2", { x, indices }, { axis, batchDims: 0 });
  });

  it("picks numbers, and batched slices", async () => {
    await expectLikeCpu("GatherV2", { x: { ...x, shape: [480] }, indices }, { axis: 0, batchDims: 0 });
    const batch = { values: [2, 0, 2, 1], shape: [4, 1], dtype: "int32" as const };
    await expectLikeCpu("GatherV2", { x, indices: batch }, { axis: 1, batchDims: 1 });
  });

  it.each([-1, 3])("refuses index %i", async (index) => {
    const outside = { values: [index], shape: [1], dtype: "int32" as const };
    await expect(run("wasm", "GatherV2", { x, indices: outside }, { axis: 1, batchDims: 0 })).rejects.toThrow(
      /index value/u,
    );
  });
});

describe("UnsortedSegmentSum (tfjs #8082)", () => {
  it("sums slices by id and drops ids out of range", async () => {
    const x = { values: numbers(5 * 3, 1), shape: [5, 3] };
    const segmentIds = { values: [2, 0, 2, -1, 3], shape: [5], dtype: "int32" as const };
    await expectLikeCpu("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 4 });
    await expectLikeCpu("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 3 });
  });

  it("sums numbers", async () => {
    const [result] = await run(
      "wasm",
      "UnsortedSegmentSum",
      { x: { values: [1, 2, 3], shape: [3] }, segmentIds: { values: [1, 1, 0], shape: [3], dtype: "int32" } },
      { numSegments: 2 },
    );
    expect(result).toEqual({ shape: [2], values: [3, 3] });
  });
});
