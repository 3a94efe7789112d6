import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectLikeCpu, numbers, prepareBackends, run, size, type Shape4 } from "./contract.fixture.ts";

beforeAll(prepareBackends);

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
