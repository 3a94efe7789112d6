import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../data/temporary-folder.fixture.ts";
import { buildLenet, buildMlp, loadStudent } from "./index.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const image = { inputShape: [28, 28, 1], classes: 10 };
const glyph = { inputShape: [12, 12, 1], classes: 10 };

/** Every weight, and the model is gone. */
function weightsOf(model: LayersModel): Float32Array[] {
  const values = model.getWeights().map((weight) => weight.dataSync<"float32">().slice());
  model.dispose();
  return values;
}

function parametersOf(model: LayersModel): number {
  return weightsOf(model).reduce((sum, { length }) => sum + length, 0);
}

describe("mlp and lenet", () => {
  test("have the sizes that their docs state", () => {
    expect(parametersOf(buildMlp({ ...image, seed: 1 }))).toBe(101_770);
    expect(parametersOf(buildMlp({ ...glyph, seed: 1 }))).toBe(144 * 64 + 64 + 64 * 10 + 10);
    expect(parametersOf(buildMlp({ ...glyph, seed: 1, hidden: 3 }))).toBe(144 * 3 + 3 + 3 * 10 + 10);
    expect(parametersOf(buildLenet({ ...image, seed: 1 }))).toBe(431_080);
    expect(parametersOf(buildLenet({ inputShape: [32, 32, 3], classes: 10, seed: 1 }))).toBe(
      520 + 1000 + 25_050 + 500 * 1250 + 500 + 5010,
    );
    // 12 × 12: 8 → 4 → (3 × 3) 2 → 1.
    expect(parametersOf(buildLenet({ ...glyph, seed: 1 }))).toBe(
      520 + 20 * 9 * 50 + 50 + 50 * 500 + 500 + 5010,
    );
  });

  test("an mlp takes rows of tables", () => {
    const model = buildMlp({ inputShape: [13], classes: 3, seed: 1 });
    expect([model.inputs[0]!.shape, model.outputs[0]!.shape]).toEqual([
      [null, 13],
      [null, 3],
    ]);
    expect(parametersOf(model)).toBe(13 * 64 + 64 + 64 * 3 + 3);
  });

  test("give logits: no activation at the end, any sign, rows that don't sum to 1", () => {
    for (const build of [buildMlp, buildLenet]) {
      const model = build({ ...glyph, seed: 4 });
      expect(model.outputs[0]!.shape).toEqual([null, 10]);
      const logits = tf.tidy(() =>
        (model.predict(tf.ones([1, 12, 12, 1])) as tf.Tensor).dataSync<"float32">(),
      );
      expect(Math.min(...logits)).toBeLessThan(0);
      expect(Math.abs(logits.reduce((sum, value) => sum + value, 0) - 1)).toBeGreaterThan(1e-3);
      model.dispose();
    }
  });

  test("the same seed gives the same bits, another seed or layer others", () => {
    for (const build of [buildMlp, buildLenet]) {
      const one = weightsOf(build({ ...glyph, seed: 1 }));
      expect(weightsOf(build({ ...glyph, seed: 1 }))).toEqual(one);
      const two = weightsOf(build({ ...glyph, seed: 2 }));
      one.forEach((weight, i) => {
        if (weight.every((value) => value === 0)) expect(two[i]).toEqual(weight);
        else expect(two[i]).not.toEqual(weight);
      });
    }
    // In any process, on any backend: as when this was written.
    const [kernel] = weightsOf(buildMlp({ ...glyph, seed: 1 }));
    expect([...kernel!.subarray(0, 3)]).toEqual([
      0.028240632265806198, 0.10437280684709549, 0.004013542085886002,
    ]);
  });

  test("kernels are Glorot uniform, biases zero", () => {
    const [kernel, bias] = weightsOf(buildMlp({ ...image, seed: 6 }));
    const limit = Math.sqrt(6 / (784 + 128));
    expect(Math.max(...kernel!)).toBeLessThanOrEqual(limit);
    expect(Math.max(...kernel!)).toBeGreaterThan(0.999 * limit);
    const variance = kernel!.reduce((sum, value) => sum + value * value, 0) / kernel!.length;
    expect(variance / (limit ** 2 / 3)).toBeCloseTo(1, 1);
    expect(bias!.every((value) => value === 0)).toBe(true);
    const [convolution] = weightsOf(buildLenet({ ...image, seed: 6 }));
    expect(Math.max(...convolution!)).toBeLessThanOrEqual(Math.sqrt(6 / (25 + 500)));
    expect(Math.max(...convolution!)).toBeGreaterThan(0.9 * Math.sqrt(6 / (25 + 500)));
  });

  test("building and disposing of students leaks no tensor", () => {
    const before = tf.memory().numTensors;
    for (let seed = 0; seed < 3; seed++)
      for (const build of [buildMlp, buildLenet]) build({ ...glyph, seed }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("an mlp is built within 20 ms: there is a new one at each meta-step", () => {
    buildMlp({ ...image, seed: 0 }).dispose();
    const times = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seed) => {
      const start = performance.now();
      const model = buildMlp({ ...image, seed });
      const time = performance.now() - start;
      model.dispose();
      return time;
    });
    // The best of ten, as the machine is shared.
    expect(Math.min(...times)).toBeLessThan(20);
  });

  test("options out of range", () => {
    expect(() => buildMlp({ ...image, classes: 1, seed: 0 })).toThrow(
      /classes is 1, expected an integer of at least 2/,
    );
    expect(() => buildMlp({ ...image, inputShape: [0, 3], seed: 0 })).toThrow(/inputShape is \[0, 3\]/);
    expect(() => buildMlp({ ...image, seed: 0, hidden: 0 })).toThrow(/hidden is 0/);
    expect(() => buildLenet({ ...image, seed: 0.5 })).toThrow(/seed is 0\.5/);
    expect(() => buildLenet({ inputShape: [11, 20, 1], classes: 10, seed: 0 })).toThrow(
      "Student lenet got inputs of shape [11, 20, 1], expected images [height, width, channels] of at least 12 × 12. Use the student mlp, or larger images.",
    );
    expect(() => buildLenet({ inputShape: [144], classes: 10, seed: 0 })).toThrow(
      /shape \[144\], expected images/,
    );
  });
});

describe("loadStudent", () => {
  test("by name", async () => {
    expect(await loadStudent("mlp")).toBe(buildMlp);
    expect(await loadStudent("lenet")).toBe(buildLenet);
    await expect(loadStudent("resnet")).rejects.toThrow(
      'Unknown student "resnet", expected mlp, lenet, resnet8, resnet20, resnet32, wrn-N-K, densenet-bc-L-K or the path of a module. A path starts with ./ or /, such as ./my-student.ts.',
    );
  });

  test("a module that builds something else is refused, by what it built", async () => {
    const load = async (body: string) => {
      const path = join(await temporaryFolder(), "student.mjs");
      const layers = import.meta.resolve("@tensorflow/tfjs-layers");
      await writeFile(path, `import * as tf from ${JSON.stringify(layers)};\n${body}`);
      return (await loadStudent(path))({ ...glyph, seed: 1 });
    };
    const dense = (units: number, shape: string) =>
      `export default () => tf.sequential({ layers: [tf.layers.flatten({ inputShape: ${shape} }), tf.layers.dense({ units: ${units} })] });`;
    await expect(load("export default 3;")).rejects.toThrow(/exports number by default, expected a function/);
    await expect(load("export default () => ({});")).rejects.toThrow(/returned no tf\.LayersModel/);
    await expect(load("export default () => { throw new Error('no luck'); };")).rejects.toThrow(
      /threw: no luck\./,
    );
    await expect(load(dense(9, "[12, 12, 1]"))).rejects.toThrow(
      /with output \[null, 9\], expected \[null, 10\]/,
    );
    await expect(load(dense(10, "[3, 1]"))).rejects.toThrow(
      /with input \[null, 3, 1\], expected \[null, 12, 12, 1\]/,
    );
    await expect(loadStudent("./nowhere.ts")).rejects.toThrow(/student module \.\/nowhere\.ts doesn't exist/);
  });
});
