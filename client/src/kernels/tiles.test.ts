import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { irregular, prepareBackends, run, size, type Shape4, type Values } from "./contract.fixture.ts";
import { asTiles, prefersTiles } from "./tiles.ts";

beforeAll(prepareBackends);

/** A convolution without stride, and padding of as many numbers on all sides. */
interface Layer {
  input: Shape4;
  window: number;
  stride?: number;
  filters: number;
  pad: number;
}

const layers: [string, Layer][] = [
  ["LeNet's second", { input: [3, 12, 12, 20], window: 5, filters: 50, pad: 0 }],
  ["5 × 5, same, odd", { input: [2, 9, 11, 16], window: 5, filters: 18, pad: 2 }],
  ["a residual block of 16", { input: [1, 32, 32, 16], window: 3, filters: 16, pad: 1 }],
  ["a residual block of 64", { input: [4, 8, 8, 64], window: 3, filters: 64, pad: 1 }],
  ["a stride of 2", { input: [2, 32, 32, 16], window: 3, stride: 2, filters: 32, pad: 1 }],
  ["a stride of 2, 64 filters", { input: [4, 16, 16, 32], window: 3, stride: 2, filters: 64, pad: 1 }],
];

function describeLayer({ input, window, stride = 1, filters, pad }: Layer) {
  const filterShape: Shape4 = [window, window, input[3], filters];
  const info = tf.backend_util.computeConv2DInfo(input, filterShape, stride, 1, pad, "floor");
  const attrs = {
    strides: [stride, stride],
    dilations: [1, 1],
    pad,
    dataFormat: "NHWC",
    dimRoundingMode: "floor",
  };
  return {
    info,
    attrs: { ...attrs, inputShape: input, filterShape },
    x: irregular(input, 1),
    filter: irregular(filterShape, 2),
    dy: irregular(info.outShape, 3),
  };
}

/** The convolution and both gradients, in float64 from their definition. */
function compute({ input, window, stride = 1, filters, pad }: Layer, x: Values, filter: Values, dy: Values) {
  const [count, height, width, channels] = input;
  const outLength = (length: number): number => Math.floor((length + 2 * pad - window) / stride) + 1;
  const [outHeight, outWidth] = [outLength(height), outLength(width)];
  const [y, dx, dw] = [size(dy.shape), size(input), size(filter.shape)].map((n) => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const visit = (xAt: number, wAt: number, yAt: number): void => {
    for (let c = 0; c < channels; c++)
      for (let k = 0; k < filters; k++) {
        const [a, b, d] = [x.values[xAt + c]!, filter.values[wAt + c * filters + k]!, dy.values[yAt + k]!];
        y[yAt + k]! += a * b;
        dx[xAt + c]! += d * b;
        dw[wAt + c * filters + k]! += a * d;
      }
  };
  for (let at = 0; at < count * outHeight * outWidth * window * window; at++) {
    const [q, p] = [at % window, Math.floor(at / window) % window];
    const place = Math.floor(at / window / window);
    const [j, i] = [place % outWidth, Math.floor(place / outWidth) % outHeight];
    const [row, column] = [i * stride + p - pad, j * stride + q - pad];
    if (row < 0 || row >= height || column < 0 || column >= width) continue;
    const image = Math.floor(place / outWidth / outHeight);
    const pixel = (image * height + row) * width + column;
    visit(pixel * channels, (p * window + q) * channels * filters, place * filters);
  }
  return { y, dx, dw };
}

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

describe("tiles", () => {
  it.each(layers)("differ from float64 by less than 4e-6 of the norm: %s", async (_, layer) => {
    const { info, attrs, x, filter, dy } = describeLayer(layer);
    const wide = asTiles(info);
    expect(wide && prefersTiles(wide, "product")).toBe(true);
    const { y, dx, dw } = compute(layer, x, filter, dy);
    const results = [
      [y, await run("wasm", "Conv2D", { x, filter }, attrs)],
      [dx, await run("wasm", "Conv2DBackpropInput", { dy, filter }, attrs)],
      [dw, await run("wasm", "Conv2DBackpropFilter", { x, dy }, attrs)],
    ] as const;
    for (const [expected, [actual]] of results) {
      expect(actual?.values.length).toBe(expected.length);
      const difference = norm(expected.map((value, i) => value - (actual?.values[i] ?? Number.NaN)));
      expect(difference / norm(expected)).toBeLessThan(4e-6);
    }
  });

  it.each([
    ["of six", { input: [2, 16, 16, 12], window: 3, filters: 16, pad: 1 }],
    ["of six, 5 × 5", { input: [2, 12, 12, 12], window: 5, filters: 16, pad: 0 }],
    ["of nine", { input: [2, 32, 32, 12], window: 3, stride: 2, filters: 16, pad: 1 }],
    ["of four", { input: [4, 10, 10, 12], window: 3, filters: 16, pad: 1 }],
  ] satisfies [string, Layer][])(
    "%s keep NaN and infinity visible, and other images finite",
    async (_, layer) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const { attrs, x, filter, dy } = describeLayer(layer);
        const spoilt = (values: Values, at: number): Values => ({
          ...values,
          values: Float32Array.from(values.values, (value, i) => (i === at ? bad : value)),
        });
        // In the second half of the images; the first stays finite.
        const [badX, badDy] = [spoilt(x, size(x.shape) / 2 + 900), spoilt(dy, size(dy.shape) / 2 + 900)];
        const calls = [
          ["Conv2D", { x: badX, filter }, 2],
          ["FusedConv2D", { x: badX, filter, bias: irregular([16], 4) }, 2],
          ["Conv2DBackpropInput", { dy: badDy, filter }, 2],
          ["Conv2DBackpropFilter", { x: badX, dy }, 1],
          ["Conv2DBackpropFilter", { x, dy: badDy }, 1],
        ] as const;
        for (const [name, inputs, images] of calls) {
          const own = name === "FusedConv2D" ? { ...attrs, activation: "relu" } : attrs;
          const [expected] = await run("cpu", name, inputs, own);
          const [actual] = await run("wasm", name, inputs, own);
          const wrong = (expected?.values ?? []).flatMap((value, i) => (Number.isFinite(value) ? [] : [i]));
          expect(wrong.length).toBeGreaterThan(0);
          expect(wrong.filter((i) => Number.isFinite(actual?.values[i]))).toEqual([]);
          const first = (actual?.values ?? []).slice(0, (actual?.values.length ?? 0) / 2);
          if (images === 2) expect(first.every(Number.isFinite)).toBe(true);
        }
      }
    },
  );
});
