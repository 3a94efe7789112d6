import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectValues, irregular, prepareBackends, run, size, type Values } from "./contract.fixture.ts";
import { fusedKernels } from "./fused-names.ts";

beforeAll(prepareBackends);

interface Layer {
  shape: number[];
  relu: boolean;
  /** Whether a second input is added to the output, and whether x's tangent comes in two terms. */
  added: boolean;
  parts: boolean;
  /** Of x's mean. */
  offset: number;
}

const epsilon = 1e-3;

/** x̂, y, their derivatives and the gradients' in float64, from the definitions, and numerically where that is simpler. */
function normalise(x: number[], channels: number, scale: number[], offset: number[]) {
  const rows = x.length / channels;
  const meanOf = (values: number[]): number[] => {
    const sums = Array.from({ length: channels }, () => 0);
    for (const [i, value] of values.entries()) sums[i % channels]! += value / rows;
    return sums;
  };
  const mean = meanOf(x);
  const centred = x.map((value, i) => value - mean[i % channels]!);
  const variance = meanOf(centred.map((value) => value ** 2));
  const r = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const normal = centred.map((value, i) => value * r[i % channels]!);
  const y = normal.map((value, i) => value * scale[i % channels]! + offset[i % channels]!);
  /** dx, dγ, dβ from dy. */
  const goBack = (dy: number[]) => {
    const plain = meanOf(dy);
    const aligned = meanOf(dy.map((value, i) => value * normal[i]!));
    return {
      dx: dy.map((value, i) => {
        const c = i % channels;
        return scale[c]! * r[c]! * (value - plain[c]! - normal[i]! * aligned[c]!);
      }),
      dScale: aligned.map((value) => value * rows),
      dOffset: plain.map((value) => value * rows),
    };
  };
  return { mean, variance, r, y, goBack };
}

/** Arrays along a line: a + ε·b. */
const along = (a: number[], b: number[], step: number): number[] => a.map((value, i) => value + step * b[i]!);
/** The central difference of a function of ε at zero: exact to 1e-9 in float64. */
const differentiate = (f: (step: number) => number[]): number[] => {
  const step = 1e-5;
  const [after, before] = [f(step), f(-step)];
  return after.map((value, i) => (value - before[i]!) / (2 * step));
};

async function check({ shape, relu, added, parts, offset: middle }: Layer): Promise<void> {
  const channels = shape.at(-1)!;
  const shifted = (values: Values, by: number): Values => ({
    ...values,
    values: Float32Array.from(values.values, (value) => value + by),
  });
  const x = shifted(irregular(shape, 1), middle);
  const [t, s, u, g, h, more] = [2, 3, 4, 5, 6, 7].map((phase) => irregular(shape, phase)) as [
    Values,
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  const vectors = [8, 9, 10, 11].map((phase) => irregular([channels], phase));
  const [scale, offset, scaleTangent, offsetTangent] = vectors as [Values, Values, Values, Values];
  const numbersOf = (values: Values): number[] => Array.from(values.values);
  const [xs, gammas, betas] = [x, scale, offset].map(numbersOf) as [number[], number[], number[]];
  const whole = parts ? along(numbersOf(t), numbersOf(more), 1) : numbersOf(t);
  const sums = added ? numbersOf(s) : xs.map(() => 0);
  const sumTangents = added ? numbersOf(u) : xs.map(() => 0);
  const at = (step: number) =>
    normalise(
      along(xs, whole, step),
      channels,
      along(gammas, numbersOf(scaleTangent), step),
      along(betas, numbersOf(offsetTangent), step),
    );
  const here = at(0);
  const before = along(here.y, sums, 1);
  const cut = (values: number[], where: number[]): number[] =>
    values.map((value, i) => (relu && where[i]! <= 0 ? 0 : value));

  const attrs = { epsilon, relu };
  const inputs = { x, scale, offset, ...(added && { s }) };
  const [y, mean, r, variance] = await run("wasm", fusedKernels.batchNorm, inputs, attrs);
  expectValues(y, cut(before, before));
  expectValues(mean, here.mean);
  expectValues(r, here.r);
  expectValues(variance, here.variance);

  const tangents = { t, ...(parts && { more }), ...(added && { u }), scaleTangent, offsetTangent };
  const moved = await run("wasm", fusedKernels.batchNormAlong, { ...inputs, ...tangents }, attrs);
  const derivative = along(
    differentiate((step) => at(step).y),
    sumTangents,
    1,
  );
  expectValues(moved[0], cut(before, before));
  expectValues(moved[1], cut(derivative, before));
  expectValues(moved[2], here.mean);
  expectValues(moved[3], here.r);

  // On the way back the mask is that of y alone.
  const [gs, hs] = [g, h].map((values) => cut(numbersOf(values), here.y)) as [number[], number[]];
  const saved = { x, scale, offset, mean: asValues(mean!), r: asValues(r!) };
  const gradient = await run("wasm", fusedKernels.batchNormGradient, { ...saved, g }, { relu });
  const back = here.goBack(gs);
  expectValues(gradient[0], back.dx);
  expectValues(gradient[1], back.dScale);
  expectValues(gradient[2], back.dOffset);

  const means = { meanT: asValues(moved[4]!), alignment: asValues(moved[5]!) };
  const all = { ...saved, ...means, t: { shape, values: Float32Array.from(whole) }, scaleTangent, g, h };
  const backward = await run("wasm", fusedKernels.batchNormBackward, all, { relu });
  const tangentOf = (pick: "dx" | "dScale" | "dOffset") =>
    differentiate((step) => at(step).goBack(along(gs, hs, step))[pick]);
  expectValues(backward[0], back.dx);
  expectValues(backward[1], tangentOf("dx"));
  expectValues(backward[2], tangentOf("dScale"));
  expectValues(backward[3], tangentOf("dOffset"));
}

const asValues = ({ shape, values }: { shape: number[]; values: number[] }): Values => ({ shape, values });

const plain = { relu: false, added: false, parts: false, offset: 0 };

describe("batch normalisation along a direction", () => {
  it.each<[string, Layer]>([
    ["of images", { ...plain, shape: [3, 5, 7, 16] }],
    ["with a relu behind it", { ...plain, shape: [4, 6, 6, 8], relu: true }],
    ["with a sum and a relu behind it", { ...plain, shape: [4, 6, 6, 8], relu: true, added: true }],
    ["of a tangent in two terms", { ...plain, shape: [40, 12], parts: true }],
    ["of more rows than the centre is taken from", { ...plain, shape: [20, 9, 9, 4], relu: true, offset: 1 }],
    ["of numbers far from zero", { ...plain, shape: [7, 64], offset: 3 }],
    ["of many channels", { ...plain, shape: [3, 2, 2, 260], relu: true }],
  ])("%s", (_, layer) => check(layer));

  it("any small shape", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          shape: fc.tuple(
            fc.integer({ min: 2, max: 5 }),
            fc.integer({ min: 2, max: 7 }),
            fc.integer({ min: 1, max: 7 }),
            fc.constantFrom(4, 8, 12, 20, 36),
          ),
          relu: fc.boolean(),
          added: fc.boolean(),
          parts: fc.boolean(),
          offset: fc.constantFrom(0, -0.5, 2),
        }),
        check,
      ),
      { seed: 15, numRuns: 60 },
    );
  });

  it("carries NaN to its channel, and no further", async () => {
    const shape = [6, 8];
    const x = irregular(shape, 1);
    (x.values as Float32Array)[11] = Number.NaN;
    const [scale, offset] = [irregular([8], 2), irregular([8], 3)];
    const [y] = await run("wasm", fusedKernels.batchNorm, { x, scale, offset }, { epsilon, relu: true });
    expect(y?.values.length).toBe(size(shape));
    expect(y?.values.map((value, i) => [Number.isNaN(value), i % 8 === 3])).toEqual(
      y?.values.map((_, i) => [i % 8 === 3, i % 8 === 3]),
    );
  });
});
