import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFixture } from "../fixtures/artifact-v1/write.ts";
import { emit, plainAlgebra, thetaLayout } from "../teacher/index.ts";
import { openSignedManifest, readSignedManifest, readWeights, sha256Hex } from "./index.ts";

const read = (name: string) => readFile(new URL(`../fixtures/artifact-v1/${name}`, import.meta.url));

async function load() {
  const signed = readSignedManifest(JSON.parse((await read("manifest.json")).toString()));
  return { signed, manifest: await openSignedManifest(signed), weights: await read("weights.safetensors") };
}

// A failure here means that released teachers can't be read any more: mend the reader, never the fixture.
it("loads the teacher of format version 1", async () => {
  const { manifest, weights } = await load();
  expect(manifest.weights).toEqual({
    format: "safetensors",
    sha256: await sha256Hex(weights),
    bytes: weights.length,
  });
  expect(manifest.weights.sha256).toBe("5f75eceee279b6978364ed236b5d4a206ae636d4af2e48b26ac50dbba6f819c0");
  expect(manifest.recipe.optimizer).toEqual({ kind: "sgd", learningRate: 1.25, weightDecay: 0 });
  expect(manifest.description).toContain("Ünïcödé: μ_θ → φ.");
  const { c, V } = readWeights(weights);
  expect(c).toEqual({ shape: [2, 2], data: Float32Array.of(-1, 0.875, -0.5, 0.75) });
  expect(V?.data.slice(0, 6)).toEqual(Float32Array.of(-0.25, 0.1875, -0.0625, -0.3125, 0.125, -0.125));
});

it("emits the coefficients of format version 1", async () => {
  const { manifest, weights } = await load();
  const spec = {
    family: manifest.loss.family,
    architecture: manifest.teacher,
    classes: manifest.classes.count,
    features: manifest.state.features.length,
  };
  const tensors = readWeights(weights);
  const A = plainAlgebra();
  const theta = Object.fromEntries(
    thetaLayout(spec).map(({ name, shape }) => {
      expect(tensors[name]?.shape).toEqual(shape);
      return [name, A.tensor(tensors[name]?.data ?? [], shape)];
    }),
  );
  const phi = emit(A, spec, theta, A.tensor([0.5, 0.25, 0.375, 0.625, 0.125, 1], [6]));
  // From 12 lines of Python (struct, json, math) that read the file and follow emit's formula in float64.
  const expected = {
    a: [0.45571698869664873],
    g: [2.2738418031259706],
    b: [-0.21426458737913875, 0.2232354126208612, -0.026764587379138775],
    W: [2.2322062378625835, -0.017793762137416333, 0.02661669903311023],
    U: [0.9016166990331101, 0.04470623786258366, -0.20529376213741632],
  };
  for (const [name, values] of Object.entries(expected)) {
    for (const [i, value] of values.entries())
      expect(phi[name]?.data[i], `${name}[${i}]`).toBeCloseTo(value, 12);
  }
});

it("is what its script writes", async () => {
  const { signed, weights } = await makeFixture();
  const stored = await load();
  expect(signed).toEqual(stored.signed);
  expect(Buffer.from(weights).equals(stored.weights)).toBe(true);
});
