import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  expectLikeCpu,
  irregular,
  prepareBackends,
  run,
  size,
  type Padding,
  type Shape4,
} from "./contract.fixture.ts";

beforeAll(prepareBackends);

interface Convolution {
  input: Shape4;
  filter: [number, number];
  filters: number;
  strides?: [number, number];
  pad: Padding;
  dilations?: [number, number];
  dimRoundingMode?: "floor";
}

function describeCase({
  input,
  filter,
  filters,
  strides = [1, 1],
  pad,
  dilations,
  dimRoundingMode,
}: Convolution) {
  const filterShape: Shape4 = [...filter, input[3], filters];
  const info = tf.backend_util.computeConv2DInfo(
    input,
    filterShape,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
  const attrs = { strides, pad, dataFormat: "NHWC", dimRoundingMode };
  return {
    attrs,
    filterShape,
    x: irregular(input, 2),
    filter: irregular(filterShape, 3),
    dy: irregular(info.outShape, 1),
    bias: irregular([filters], 4),
  };
}

async function checkConvolution(convolution: Convolution): Promise<void> {
  const { attrs, filterShape, x, filter, dy, bias } = describeCase(convolution);
  const forward = { ...attrs, dilations: convolution.dilations ?? [1, 1] };
  await expectLikeCpu("Conv2D", { x, filter }, forward);
  await expectLikeCpu("FusedConv2D", { x, filter, bias }, { ...forward, activation: "relu" });
  if (convolution.dilations !== undefined) return;
  await expectLikeCpu("Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape });
  await expectLikeCpu("Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape: x.shape });
}

describe("a convolution and its two gradients (tfjs #8474)", () => {
  const table: [string, Convolution][] = [
    ["LeNet's first", { input: [3, 28, 28, 1], filter: [5, 5], filters: 20, pad: "valid" }],
    ["LeNet's second", { input: [2, 12, 12, 20], filter: [5, 5], filters: 50, pad: "valid" }],
    ["ResNet's first", { input: [2, 16, 16, 3], filter: [3, 3], filters: 16, pad: "same" }],
    ["residual", { input: [2, 8, 8, 16], filter: [3, 3], filters: 16, pad: "same" }],
    ["stride 2, even", { input: [2, 8, 8, 16], filter: [3, 3], filters: 32, strides: [2, 2], pad: "same" }],
    ["stride 2, odd", { input: [2, 7, 9, 3], filter: [3, 3], filters: 5, strides: [2, 2], pad: "same" }],
    ["shortcut", { input: [2, 8, 8, 16], filter: [1, 1], filters: 32, strides: [2, 2], pad: "same" }],
    ["pointwise", { input: [2, 4, 4, 3], filter: [1, 1], filters: 2, pad: "valid" }],
    ["pointwise, padded", { input: [2, 4, 4, 3], filter: [1, 1], filters: 2, pad: 1 }],
    // From here on by tiles of six: even and odd, in several groups, with and without a border.
    ["many of LeNet's second", { input: [7, 12, 12, 20], filter: [5, 5], filters: 50, pad: "valid" }],
    ["5 × 5, same, odd", { input: [3, 9, 11, 12], filter: [5, 5], filters: 17, pad: "same" }],
    ["5 × 5, a border wider than the window", { input: [2, 6, 7, 8], filter: [5, 5], filters: 8, pad: 6 }],
    ["tiles", { input: [4, 8, 8, 16], filter: [3, 3], filters: 16, pad: "same" }],
    ["tiles of odd images", { input: [3, 11, 13, 16], filter: [3, 3], filters: 20, pad: "same" }],
    ["tiles, valid", { input: [4, 10, 12, 20], filter: [3, 3], filters: 12, pad: "valid" }],
    ["tiles, wide border", { input: [4, 9, 8, 12], filter: [3, 3], filters: 16, pad: 2 }],
    // By tiles of nine.
    ["tiles, stride 2", { input: [2, 16, 16, 8], filter: [3, 3], filters: 16, strides: [2, 2], pad: "same" }],
    [
      "tiles, stride 2, odd",
      { input: [3, 15, 17, 12], filter: [3, 3], filters: 9, strides: [2, 2], pad: "same" },
    ],
    [
      "tiles, stride 2, an unread edge",
      { input: [3, 18, 20, 8], filter: [3, 3], filters: 8, strides: [2, 2], pad: "valid" },
    ],
    ["tiles in groups", { input: [3, 20, 20, 16], filter: [3, 3], filters: 20, pad: "same" }],
    // By tiles of four.
    ["tiles of four", { input: [4, 10, 10, 16], filter: [3, 3], filters: 16, pad: "same" }],
    ["tiles of four, odd", { input: [9, 5, 6, 12], filter: [3, 3], filters: 20, pad: "same" }],
    ["tiles for the filter only", { input: [4, 9, 9, 8], filter: [3, 3], filters: 8, pad: "same" }],
    ["images in bands", { input: [1, 30, 70, 2], filter: [3, 3], filters: 3, pad: "same" }],
    ["many images at once", { input: [70, 3, 3, 2], filter: [2, 2], filters: 6, pad: "same" }],
    ["more images than fit", { input: [9, 40, 40, 8], filter: [3, 3], filters: 2, pad: "same" }],
    ["a deep window", { input: [1, 5, 5, 130], filter: [3, 3], filters: 9, pad: "same" }],
    ["rows left over", { input: [1, 8, 9, 2], filter: [3, 2], filters: 2, strides: [3, 3], pad: "valid" }],
    ["unequal strides", { input: [2, 7, 8, 2], filter: [2, 3], filters: 3, strides: [1, 2], pad: "same" }],
    [
      "a stride beyond the filter",
      { input: [2, 9, 9, 2], filter: [2, 2], filters: 3, strides: [4, 3], pad: "valid" },
    ],
    ["even filter, same", { input: [2, 5, 6, 2], filter: [2, 4], filters: 3, pad: "same" }],
    ["numeric padding", { input: [2, 6, 6, 2], filter: [3, 3], filters: 2, pad: 1 }],
    [
      "numeric padding, floor",
      { input: [2, 6, 7, 2], filter: [3, 3], filters: 2, strides: [2, 2], pad: 1, dimRoundingMode: "floor" },
    ],
    ["padding wider than the filter", { input: [1, 4, 4, 2], filter: [2, 2], filters: 2, pad: 2 }],
    [
      "explicit padding",
      {
        input: [2, 6, 5, 2],
        filter: [3, 3],
        filters: 2,
        pad: [
          [0, 0],
          [0, 2],
          [1, 0],
          [0, 0],
        ],
      },
    ],
    ["one pixel", { input: [4, 3, 3, 2], filter: [3, 3], filters: 2, pad: "valid" }],
    ["dilated", { input: [2, 9, 9, 3], filter: [3, 3], filters: 4, pad: "same", dilations: [2, 2] }],
    [
      "dilated unequally",
      { input: [2, 9, 8, 3], filter: [2, 3], filters: 4, pad: "valid", dilations: [3, 1] },
    ],
  ];

  it.each(table)("%s", (_, convolution) => checkConvolution(convolution));

  it("any small shape, stride and padding", async () => {
    const length = fc.integer({ min: 4, max: 9 });
    const edge = fc.oneof(fc.constant(3), fc.integer({ min: 1, max: 4 }));
    const few = fc.integer({ min: 1, max: 3 });
    // Multiples of four from 12 on are taken by tiles.
    const channels = fc.oneof(fc.integer({ min: 1, max: 18 }), fc.constantFrom(8, 12, 16, 20));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(fc.integer({ min: 1, max: 5 }), length, length, channels),
          filter: fc.tuple(edge, edge),
          filters: channels,
          strides: fc.tuple(few, few),
          pad: fc.constantFrom<Padding>("same", "valid"),
        }),
        checkConvolution,
      ),
      { seed: 8474, numRuns: 150 },
    );
  });

  it("any shape that tiles take, with a stride of 2", async () => {
    const length = fc.integer({ min: 13, max: 19 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(fc.integer({ min: 2, max: 4 }), length, length, fc.constantFrom(8, 12, 16)),
          filter: fc.constant<[number, number]>([3, 3]),
          filters: fc.integer({ min: 8, max: 18 }),
          strides: fc.constant<[number, number]>([2, 2]),
          pad: fc.constantFrom<Padding>("same", "valid", 1, 3),
          dimRoundingMode: fc.constant<"floor">("floor"),
        }),
        checkConvolution,
      ),
      { seed: 81, numRuns: 20 },
    );
  });

  it("any shape that tiles take", async () => {
    const length = fc.integer({ min: 7, max: 13 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(fc.integer({ min: 1, max: 4 }), length, length, fc.constantFrom(8, 12, 16)),
          filter: fc.constantFrom<[number, number]>([3, 3], [5, 5]),
          filters: fc.integer({ min: 8, max: 18 }),
          pad: fc.constantFrom<Padding>("same", "valid", 1, 3),
        }),
        checkConvolution,
      ),
      { seed: 36, numRuns: 40 },
    );
  });

  /** The cpu backend's gradients ignore dilations; but ⟨conv(x, w), dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩ for the right ones. */
  it("gradients of any dilation and stride", async () => {
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
    const few = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(few, fc.integer({ min: 7, max: 11 }), fc.integer({ min: 7, max: 11 }), few),
          filter: fc.tuple(few, few),
          filters: few,
          strides: fc.tuple(few, few),
          dilations: fc.tuple(few, few),
          pad: fc.constantFrom<Padding>("same", "valid"),
        }),
        async (convolution) => {
          const { attrs, filterShape, x, filter, dy } = describeCase(convolution);
          const dilated = { ...attrs, dilations: convolution.dilations };
          const [y] = await run("wasm", "Conv2D", { x, filter }, dilated);
          const [dx] = await run(
            "wasm",
            "Conv2DBackpropInput",
            { dy, filter },
            { ...dilated, inputShape: x.shape },
          );
          const [dw] = await run("wasm", "Conv2DBackpropFilter", { x, dy }, { ...dilated, filterShape });
          const both = dot(y?.values ?? [], dy.values);
          const scale = 1e-5 * (size(dy.shape) * size(filterShape)) + 1e-5;
          expect(Math.abs(dot(dx?.values ?? [], x.values) - both)).toBeLessThan(scale);
          expect(Math.abs(dot(dw?.values ?? [], filter.values) - both)).toBeLessThan(scale);
        },
      ),
      { seed: 3, numRuns: 80 },
    );
  });

  it("stays right when one filter's values change between calls", async () => {
    const convolution: Convolution = { input: [1, 5, 5, 2], filter: [3, 3], filters: 2, pad: "same" };
    await checkConvolution(convolution);
    await checkConvolution({ ...convolution, input: [2, 5, 5, 2] });
    await checkConvolution(convolution);
  });

  it("carries NaN and infinity to what they reach, and no further", async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { attrs, filterShape, x, filter, dy } = describeCase({
        input: [2, 6, 6, 5],
        filter: [3, 3],
        filters: 6,
        pad: "same",
      });
      (x.values as Float32Array)[100] = bad;
      (dy.values as Float32Array)[50] = bad;
      const calls = [
        ["Conv2D", { x, filter }, { ...attrs, dilations: [1, 1] }],
        ["Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape: x.shape }],
        ["Conv2DBackpropFilter", { x, dy: irregular(dy.shape, 1) }, { ...attrs, filterShape }],
        ["Conv2DBackpropFilter", { x: irregular(x.shape, 2), dy }, { ...attrs, filterShape }],
      ] as const;
      for (const [name, inputs, own] of calls) {
        const [expected] = await run("cpu", name, inputs, own);
        const [actual] = await run("wasm", name, inputs, own);
        const kinds = (values: number[] = []): string[] =>
          values.map((value) => (Number.isFinite(value) ? "finite" : String(value)));
        expect(kinds(actual?.values)).toEqual(kinds(expected?.values));
        expect(kinds(actual?.values)).toContain(String(bad));
      }
    }
  });

  it("takes no images, and gives none", async () => {
    const { attrs, filterShape, x, filter, dy } = describeCase({
      input: [0, 6, 6, 2],
      filter: [3, 3],
      filters: 2,
      pad: "same",
    });
    const [y] = await run("wasm", "Conv2D", { x, filter }, { ...attrs, dilations: [1, 1] });
    expect(y).toEqual({ shape: [0, 6, 6, 2], values: [] });
    const [dx] = await run("wasm", "Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape: x.shape });
    expect(dx).toEqual({ shape: [0, 6, 6, 2], values: [] });
    const [dw] = await run("wasm", "Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape });
    expect(dw).toEqual({ shape: filterShape, values: Array.from({ length: 36 }, () => 0) });
  });

  it("refuses channels first", async () => {
    const { attrs, x, filter } = describeCase({
      input: [1, 6, 6, 6],
      filter: [3, 3],
      filters: 6,
      pad: "same",
    });
    const first = { ...attrs, dilations: [1, 1], dataFormat: "NCHW" };
    await expect(run("wasm", "Conv2D", { x, filter }, first)).rejects.toThrow(
      "dataFormat NHWC, but got NCHW",
    );
  });
});
