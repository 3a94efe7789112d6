import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  expectLikeCpu,
  expectValues,
  irregular,
  prepareBackends,
  run,
  type Shape4,
  type Values,
} from "./contract.fixture.ts";
import { fusedKernels } from "./fused-names.ts";

beforeAll(prepareBackends);

/** Kernels of {@link fusedKernels} that have their contract in another file. */
const elsewhere = {
  "convolve-along.test.ts": ["convolveAlong", "convolveGradient", "convolveBackward"],
  "batch-norm.test.ts": ["batchNorm", "batchNormAlong", "batchNormGradient", "batchNormBackward"],
};

type Numbers = readonly number[];

/** What an elementwise kernel gives for one place, from its inputs there. */
interface Elementwise {
  inputs: string[];
  /** `y` is a tanh or a relu's output. */
  y?: (u: number) => number;
  /** Optional inputs. */
  optional?: string[];
  attrs?: object;
  give(at: Record<string, number>): Numbers;
}

const relu = (u: number): number => Math.max(u, 0);
const sumOf = ({ t = 0, more = 0 }: Record<string, number>): number => t + more;

const elementwise: Record<string, Elementwise> = {
  tanhTangent: {
    inputs: ["y", "t"],
    optional: ["more"],
    y: Math.tanh,
    give: (at) => [(1 - at["y"]! ** 2) * sumOf(at)],
  },
  tanhBackward: {
    inputs: ["y", "t", "g", "h"],
    y: Math.tanh,
    give: ({ y = 0, t = 0, g = 0, h = 0 }) => [(1 - y * y) * g, (1 - y * y) * h - 2 * y * t * g],
  },
  reluTangent: {
    inputs: ["y", "t"],
    optional: ["more"],
    y: relu,
    give: (at) => [at["y"]! > 0 ? sumOf(at) : 0],
  },
  reluBackward: {
    inputs: ["y", "g", "h"],
    y: relu,
    give: ({ y = 0, g = 0, h = 0 }) => (y > 0 ? [g, h] : [0, 0]),
  },
  addRelu: { inputs: ["a", "b"], give: ({ a = 0, b = 0 }) => [relu(a + b)] },
  addScaled: { inputs: ["a", "b"], attrs: { scale: -0.3 }, give: ({ a = 0, b = 0 }) => [a - 0.3 * b] },
};

async function checkElementwise(name: string, shape: number[], withOptional: boolean): Promise<void> {
  const { inputs, optional = [], y, attrs = {}, give } = elementwise[name]!;
  const names = [...inputs, ...(withOptional ? optional : [])];
  const tensors = Object.fromEntries(names.map((key, i) => [key, irregular(shape, i + 1)]));
  if (y) tensors["y"] = { shape, values: Float32Array.from(tensors["y"]!.values, (u) => y(2 * u)) };
  const results = await run("wasm", fusedKernels[name as keyof typeof fusedKernels], tensors, attrs);
  const count = shape.reduce((product, length) => product * length, 1);
  const expected = Array.from({ length: count }, (_, i) =>
    give(Object.fromEntries(names.map((key) => [key, tensors[key]!.values[i]!]))),
  );
  for (const [k, result] of results.entries()) {
    expect(result.shape).toEqual(shape);
    expectValues(
      result,
      expected.map((values) => values[k]!),
    );
  }
  expect(results.length).toBe(expected[0]?.length ?? results.length);
}

interface Pool {
  shape: Shape4;
  window: [number, number];
  strides: [number, number];
  pad: "same" | "valid";
}

/** Maxima, gathering at their places and scattering back, against windows searched one by one. */
async function checkPooling({ shape, window, strides, pad }: Pool): Promise<void> {
  const [batch, height, width, channels] = shape;
  const x = irregular(shape, 1);
  const attrs = { filterSize: window, strides, pad };
  const [maxima, places] = await run("wasm", fusedKernels.poolMaxima, { x }, attrs);
  const [y] = await run("cpu", "MaxPool", { x }, attrs);
  expect(maxima).toEqual(y);
  expect(places?.values.map((place) => x.values[place])).toEqual(y?.values);
  const lengths = [batch, y!.shape[1]!, y!.shape[2]!, channels];
  expect(places?.shape).toEqual(lengths);
  // Each place is in its own image and channel.
  const image = height * width * channels;
  const perImage = y!.values.length / batch;
  for (const [i, place] of places!.values.entries()) {
    expect(Math.floor(place / image)).toBe(Math.floor(i / perImage));
    expect(place % channels).toBe(i % channels);
  }
  const at: Values = { shape: lengths, values: places!.values, dtype: "int32" };
  const [t, more] = [irregular(shape, 2), irregular(shape, 3)];
  for (const terms of [[t], [t, more]]) {
    const inputs = { places: at, t, ...(terms.length > 1 && { more }) };
    const [gathered] = await run("wasm", fusedKernels.gatherPlaces, inputs, {});
    const values = places!.values.map((place) => terms.reduce((sum, term) => sum + term.values[place]!, 0));
    expectValues(gathered, values);
  }
  const d = irregular(lengths, 4);
  const [scattered] = await run("wasm", fusedKernels.scatterPlaces, { places: at, d }, { shape });
  const expected = Array.from({ length: x.values.length }, () => 0);
  for (const [i, place] of places!.values.entries()) expected[place]! += d.values[i]!;
  expect(scattered?.shape).toEqual(shape);
  expectValues(scattered, expected);
}

describe("fused kernels", () => {
  it("all have a contract", () => {
    const here = [...Object.keys(elementwise), "poolMaxima", "gatherPlaces", "scatterPlaces", "spreadMean"];
    expect([...here, ...Object.values(elsewhere).flat()].toSorted()).toEqual(
      Object.keys(fusedKernels).toSorted(),
    );
  });

  it.each(Object.keys(elementwise))("%s, of any size", async (name) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (shape, withOptional) => checkElementwise(name, shape, withOptional),
      ),
      { seed: 7, numRuns: 25 },
    );
    await checkElementwise(name, [0, 3], true);
  });

  it("places of maxima, of any window", async () => {
    const few = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          shape: fc.tuple(
            few,
            fc.integer({ min: 3, max: 8 }),
            fc.integer({ min: 3, max: 8 }),
            fc.integer({ min: 1, max: 9 }),
          ),
          window: fc.tuple(few, few),
          strides: fc.tuple(few, few),
          pad: fc.constantFrom<Pool["pad"]>("same", "valid"),
        }),
        checkPooling,
      ),
      { seed: 11, numRuns: 40 },
    );
  });

  it("spreadMean: the gradient of a mean over places", async () => {
    const shape = [3, 4, 5, 6];
    const t = irregular([3, 6], 1);
    const [spread] = await run("wasm", fusedKernels.spreadMean, { t }, { shape });
    expect(spread?.shape).toEqual(shape);
    const places = Array.from({ length: 3 * 20 * 6 }, (_, i) => Math.floor(i / 120) * 6 + (i % 6));
    expectValues(
      spread,
      places.map((place) => t.values[place]! / 20),
    );
  });
});

describe("sums and means", () => {
  it("over any axes", async () => {
    const length = fc.integer({ min: 1, max: 7 });
    const cases = fc
      .array(length, { minLength: 1, maxLength: 4 })
      .chain((shape) => fc.tuple(fc.constant(shape), fc.subarray([...shape.keys()]), fc.boolean()));
    await fc.assert(
      fc.asyncProperty(cases, async ([shape, axis, keepDims]) => {
        for (const name of ["Sum", "Mean"])
          await expectLikeCpu(name, { x: irregular(shape, 1) }, { axis, keepDims });
      }),
      { seed: 5, numRuns: 80 },
    );
  });

  it("of 131,072 rows are as exact as float32 can hold", async () => {
    const x = irregular([131_072, 3], 1);
    const shifted = { ...x, values: Float32Array.from(x.values, (value) => value + 1) };
    const [sum] = await run("wasm", "Sum", { x: shifted }, { axis: [0], keepDims: false });
    const exact = [0, 1, 2].map((column) => {
      let total = 0;
      for (let i = column; i < shifted.values.length; i += 3) total += shifted.values[i]!;
      return total;
    });
    for (const [i, value] of sum!.values.entries())
      expect(Math.abs(value / exact[i]! - 1)).toBeLessThan(1.2e-7);
  });
});
