import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  expectLikeCpu,
  irregular,
  prepareBackends,
  run,
  type Padding,
  type Shape4,
} from "./contract.fixture.ts";

beforeAll(prepareBackends);

interface Depthwise {
  input: Shape4;
  filter: [number, number];
  multiplier: number;
  strides: [number, number];
  pad: Padding;
}

async function checkDepthwise({ input, filter, multiplier, strides, pad }: Depthwise): Promise<void> {
  const filterShape: Shape4 = [...filter, input[3], multiplier];
  const info = tf.backend_util.computeConv2DInfo(input, filterShape, strides, 1, pad, undefined, true);
  const attrs = { strides, pad, dilations: [1, 1], dimRoundingMode: undefined };
  const [x, w, dy] = [irregular(input, 1), irregular(filterShape, 2), irregular(info.outShape, 3)];
  await expectLikeCpu("DepthwiseConv2dNative", { x, filter: w }, attrs);
  await expectLikeCpu(
    "DepthwiseConv2dNativeBackpropInput",
    { dy, filter: w },
    { ...attrs, inputShape: input },
  );
  await expectLikeCpu("DepthwiseConv2dNativeBackpropFilter", { x, dy }, { ...attrs, filterShape });
}

describe("a depthwise convolution's two gradients", () => {
  const table: [string, Depthwise][] = [
    ["same", { input: [2, 8, 8, 8], filter: [3, 3], multiplier: 1, strides: [1, 1], pad: "same" }],
    ["valid", { input: [2, 7, 8, 5], filter: [3, 2], multiplier: 1, strides: [1, 1], pad: "valid" }],
    ["stride 2", { input: [2, 8, 9, 6], filter: [3, 3], multiplier: 1, strides: [2, 2], pad: "same" }],
    [
      "two outputs a channel",
      { input: [2, 6, 6, 3], filter: [3, 3], multiplier: 2, strides: [1, 1], pad: "same" },
    ],
    ["four, stride 2", { input: [1, 7, 7, 3], filter: [2, 3], multiplier: 4, strides: [2, 2], pad: "valid" }],
  ];
  it.each(table)("%s", (_, depthwise) => checkDepthwise(depthwise));

  it("any small shape, stride and padding", async () => {
    const length = fc.integer({ min: 3, max: 8 });
    const few = fc.integer({ min: 1, max: 3 });
    const stride = fc.integer({ min: 1, max: 3 }).map((edge): [number, number] => [edge, edge]);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(few, length, length, fc.integer({ min: 1, max: 9 })),
          filter: fc.tuple(few, few),
          multiplier: few,
          strides: stride,
          pad: fc.constantFrom<Padding>("same", "valid"),
        }),
        checkDepthwise,
      ),
      { seed: 7, numRuns: 80 },
    );
  });

  it("takes no images", async () => {
    const attrs = { strides: [1, 1], pad: "same", dilations: [1, 1] };
    const [x, dy] = [irregular([0, 4, 4, 2], 1), irregular([0, 4, 4, 2], 2)];
    const filterShape = [1, 1, 2, 1];
    const [dw] = await run(
      "wasm",
      "DepthwiseConv2dNativeBackpropFilter",
      { x, dy },
      { ...attrs, filterShape },
    );
    expect(dw).toEqual({ shape: filterShape, values: [0, 0] });
    const inputs = { dy, filter: irregular(filterShape, 3) };
    const [dx] = await run("wasm", "DepthwiseConv2dNativeBackpropInput", inputs, {
      ...attrs,
      inputShape: x.shape,
    });
    expect(dx).toEqual({ shape: [0, 4, 4, 2], values: [] });
  });
});
