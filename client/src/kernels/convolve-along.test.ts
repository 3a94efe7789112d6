import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  expectValues,
  irregular,
  prepareBackends,
  run,
  type Padding,
  type Shape4,
  type Values,
} from "./contract.fixture.ts";
import { fusedKernels } from "./fused-names.ts";

beforeAll(prepareBackends);

interface Layer {
  input: Shape4;
  window: number;
  filters: number;
  stride: number;
  pad: Padding;
  /** Whether the input has a tangent, whether there is a bias, and whether another gradient is added. */
  moving: boolean;
  biased: boolean;
  more: boolean;
}

/** A kernel's call. */
interface Call {
  name: string;
  inputs: Record<string, Values>;
}

/** The sum of what cpu kernels give, and of tensors. */
async function sumOnCpu(attrs: object, ...terms: readonly (Call | Values | undefined)[]): Promise<number[]> {
  let sum: number[] | undefined;
  for (const term of terms) {
    if (term === undefined) continue;
    const values =
      "name" in term ? (await run("cpu", term.name, term.inputs, attrs))[0]!.values : Array.from(term.values);
    sum = sum === undefined ? values : sum.map((value, i) => value + values[i]!);
  }
  return sum!;
}

const biasOver = (shape: number[], bias: Values): Values => ({
  shape,
  values: Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => bias.values[i % bias.values.length]!,
  ),
});

const present = (inputs: Record<string, Values | undefined>): Record<string, Values> =>
  Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, Values] => entry[1] !== undefined),
  );

/** All three kernels against sums of the cpu backend's. */
async function check({ input, window, filters, stride, pad, moving, biased, more }: Layer): Promise<void> {
  const filterShape: Shape4 = [window, window, input[3], filters];
  const { outShape } = tf.backend_util.computeConv2DInfo(input, filterShape, stride, 1, pad, "floor");
  const attrs = {
    strides: [stride, stride],
    pad,
    dataFormat: "NHWC",
    dimRoundingMode: "floor",
    dilations: [1, 1],
  };
  const backAttrs = { ...attrs, inputShape: input, filterShape };
  const [x, filter, filterTangent] = [
    irregular(input, 1),
    irregular(filterShape, 2),
    irregular(filterShape, 3),
  ];
  const t = moving ? irregular(input, 4) : undefined;
  const [bias, biasTangent] = biased ? [irregular([filters], 5), irregular([filters], 6)] : [];
  const [g, h] = [irregular(outShape, 7), irregular(outShape, 8)];
  const [before, beforeTangent] = more ? [irregular(input, 9), irregular(input, 10)] : [];

  const [y, tangent] = await run(
    "wasm",
    fusedKernels.convolveAlong,
    present({ x, filter, filterTangent, t, bias, biasTangent }),
    attrs,
  );
  const forward = (image: Values, by: Values) => ({ name: "Conv2D", inputs: { x: image, filter: by } });
  expectValues(y, await sumOnCpu(attrs, forward(x, filter), bias && biasOver(outShape, bias)));
  const constant = biasTangent && biasOver(outShape, biasTangent);
  expectValues(tangent, await sumOnCpu(attrs, forward(x, filterTangent), t && forward(t, filter), constant));

  const toFilter = (image: Values, dy: Values) => ({
    name: "Conv2DBackpropFilter",
    inputs: { x: image, dy },
  });
  const toInput = (dy: Values, by: Values) => ({ name: "Conv2DBackpropInput", inputs: { dy, filter: by } });
  const dx = await sumOnCpu(backAttrs, toInput(g, filter), before);
  const own = { x, filter, g, more: before };
  const both = { ...own, filterTangent, t, h, moreTangent: beforeTangent };
  const dwTangent = await sumOnCpu(backAttrs, toFilter(x, h), t && toFilter(t, g));
  for (const needed of [true, false]) {
    const gradient = await run("wasm", fusedKernels.convolveGradient, present(own), { ...attrs, needed });
    const backward = await run("wasm", fusedKernels.convolveBackward, present(both), { ...attrs, needed });
    expect([gradient.length, backward.length]).toEqual(needed ? [2, 3] : [1, 1]);
    expectValues(gradient[0], await sumOnCpu(backAttrs, toFilter(x, g)));
    expectValues(backward[0], dwTangent);
    if (!needed) continue;
    expectValues(gradient[1], dx);
    expectValues(backward[1], dx);
    expectValues(
      backward[2],
      await sumOnCpu(backAttrs, toInput(h, filter), toInput(g, filterTangent), beforeTangent),
    );
  }
}

const all = { moving: true, biased: true, more: true };
const none = { moving: false, biased: false, more: false };

describe("a convolution along a direction: values and tangents, gradients and theirs", () => {
  it.each<[string, Layer]>([
    [
      "ResNet's first, directly",
      { ...none, input: [2, 16, 16, 3], window: 3, filters: 16, stride: 1, pad: "same" },
    ],
    ["by tiles of six", { ...all, input: [2, 16, 16, 8], window: 3, filters: 12, stride: 1, pad: "same" }],
    [
      "by tiles of six, 5 × 5",
      { ...all, input: [2, 12, 12, 8], window: 5, filters: 18, stride: 1, pad: "valid" },
    ],
    ["by tiles of nine", { ...all, input: [3, 16, 16, 16], window: 3, filters: 32, stride: 2, pad: "same" }],
    ["a shortcut", { ...all, input: [3, 16, 16, 16], window: 1, filters: 32, stride: 2, pad: "same" }],
    ["pointwise", { ...all, input: [2, 5, 5, 6], window: 1, filters: 7, stride: 1, pad: "same" }],
    [
      "by tiles, more images than fit",
      { ...all, input: [19, 8, 8, 16], window: 3, filters: 20, stride: 1, pad: "same" },
    ],
    [
      "where tiles of four would do",
      { ...all, input: [4, 10, 10, 16], window: 3, filters: 16, stride: 1, pad: "same" },
    ],
    ["windows added up", { ...all, input: [2, 12, 12, 2], window: 5, filters: 20, stride: 1, pad: "valid" }],
    [
      "nothing moves before it",
      { ...none, input: [4, 16, 16, 8], window: 3, filters: 8, stride: 1, pad: "same" },
    ],
  ])("%s", (_, layer) => check(layer));

  it("any small shape", async () => {
    const length = fc.integer({ min: 6, max: 17 });
    const channels = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(8, 12, 16));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(fc.integer({ min: 1, max: 4 }), length, length, channels),
          window: fc.constantFrom(1, 2, 3, 3, 3, 5),
          filters: fc.oneof(fc.integer({ min: 1, max: 18 }), fc.constantFrom(8, 16)),
          stride: fc.constantFrom(1, 2),
          pad: fc.constantFrom<Padding>("same", "valid"),
          moving: fc.boolean(),
          biased: fc.boolean(),
          more: fc.boolean(),
        }),
        check,
      ),
      { seed: 81, numRuns: 40 },
    );
  });

  it("without images: no output, no gradient, and what other layers gave stays", async () => {
    const [x, filter] = [irregular([0, 6, 6, 2], 1), irregular([3, 3, 2, 3], 2)];
    const attrs = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1, needed: true };
    const g = irregular([0, 6, 6, 3], 3);
    const forward = await run(
      "wasm",
      fusedKernels.convolveAlong,
      { x, t: x, filter, filterTangent: filter },
      attrs,
    );
    expect(forward.map(({ shape }) => shape)).toEqual([
      [0, 6, 6, 3],
      [0, 6, 6, 3],
    ]);
    const inputs = { x, t: x, filter, filterTangent: filter, g, h: g };
    const [dw, ...dx] = await run("wasm", fusedKernels.convolveBackward, inputs, attrs);
    expect(dw?.values).toEqual(Array.from({ length: 54 }, () => 0));
    expect(dx.map(({ shape }) => shape)).toEqual([
      [0, 6, 6, 2],
      [0, 6, 6, 2],
    ]);
    const [dwAlone] = await run("wasm", fusedKernels.convolveGradient, { x, filter, g }, attrs);
    expect(dwAlone?.values).toEqual(dw?.values);
    // A window larger than the image: no output, but an input.
    const small = irregular([2, 2, 2, 2], 1);
    const nothing = { x: small, filter, g: irregular([2, 0, 0, 3], 2), more: small };
    const [, kept] = await run("wasm", fusedKernels.convolveGradient, nothing, { ...attrs, pad: "valid" });
    expect(kept?.values).toEqual(Array.from(small.values));
  });
});
