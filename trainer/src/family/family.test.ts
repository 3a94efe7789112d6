import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit, familyOf, initialTheta, plainAlgebra, registerFamily } from "@lectern/shared/teacher";
import type { LossFamilySpec } from "@lectern/shared/teacher";
// Imported for its type: tsc checks the documentation's example.
import type myFamily from "../../../docs/examples/my-family.ts";
import { useBackend } from "../backend/select.ts";
import { installOverlay } from "../overlay/index.ts";
import { checkFamily, familyNames, loadFamily } from "./index.ts";

const example = fileURLToPath(new URL("../../../docs/examples/my-family.ts", import.meta.url));
const A = plainAlgebra(Float64Array);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-family-"));
  await useBackend("cpu");
  installOverlay();
});
afterAll(() => rm(folder, { recursive: true }));

describe("the family of docs/training.md", () => {
  test("is what its formula says, and starts where it says", async () => {
    const typed: typeof myFamily extends LossFamilySpec ? true : never = true;
    expect(typed).toBe(true);
    await loadFamily(example, 3);
    await checkFamily(example, 3);
    const spec = {
      family: example,
      architecture: { kind: "attention", keys: 2 },
      classes: 3,
      features: 2,
    } as const;
    const theta = initialTheta(spec, 1);
    expect([...theta.gains!.data]).toEqual([-1, 0.5, -1, 0.5]);
    expect([...theta.sharpness!.data]).toEqual([0, 0]);
    const phi = emit(A, spec, theta, A.tensor([0.3, 1], [2]));
    expect(phi.a!.data[0]).toBeCloseTo(Math.exp(-1), 12);
    const two = { ...phi, inverseTemperature: A.tensor([2], []) };
    const [loss] = familyOf(example).losses(
      A,
      two,
      A.tensor([1, 0, -1], [1, 3]),
      A.tensor([0, 1, 0], [1, 3]),
    ).data;
    const share = (sharpness: number) => 1 / (Math.exp(sharpness) + 1 + Math.exp(-sharpness));
    expect(loss).toBeCloseTo(-Math.exp(-1) * Math.log(share(2)) + Math.exp(0.5) * (1 - share(1)), 12);
  });

  test("leaves no tensors behind when it is checked", async () => {
    const before = tf.memory().numTensors;
    await loadFamily(example, 10);
    await checkFamily(example, 10);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("starts a gate's base there, and its direction at 0", async () => {
    await loadFamily(example, 3);
    const theta = initialTheta(
      { family: example, architecture: { kind: "gate" }, classes: 3, features: 2 },
      1,
    );
    expect([...theta.gains!.data]).toEqual([-1, 0.5, 0, 0]);
    expect([...theta.c0!.data]).toEqual([0]);
  });
});

test("built-in families need no module, keep their names, and an unknown one is told them", async () => {
  expect(familyNames).toEqual(["bilinear", "mixed", "gain", "invariant", "taylor"]);
  expect(await loadFamily("gain", 3)).toBe(familyOf("gain"));
  await checkFamily("gain", 3);
  expect(() => registerFamily("gain", familyOf("mixed"))).toThrow(/"gain" is built in/);
  await expect(loadFamily("hinge", 3)).rejects.toThrow(
    'Unknown family "hinge", expected bilinear, mixed, gain, invariant, taylor or the path of a module.',
  );
  expect(() => familyOf("hinge")).toThrow(/Unknown loss family "hinge", expected bilinear, mixed, gain/);
  await expect(loadFamily("./none.ts", 3)).rejects.toMatchObject({ code: "not-found" });
});

describe("a module is refused before training", () => {
  const whole = `{
    blocks: () => [{ name: "c", shape: [1] }],
    finish: (_, phi) => phi,
    losses: (A, phi, logits, target) => A.mul(A.sum(A.mul(A.logSoftmax(logits), target), 1), A.sub(A.tensor([-1], [1]), phi.c)),
  }`;
  let number = 0;
  const refusalOf = async (source: string): Promise<string> => {
    const path = join(folder, `family-${++number}.ts`);
    await writeFile(path, source);
    try {
      await loadFamily(path, 3);
      await checkFamily(path, 3);
    } catch (error) {
      return (error as Error).message.replace(path, "PATH");
    }
    return "accepted";
  };
  const changed = (change: string) => `export default { ...${whole}, ${change} };`;

  test.each<[string, string, RegExp]>([
    ["(a whole one isn't)", changed(""), /^accepted$/],
    ["no default export", `export const family = ${whole};`, /has no default export/],
    ["functions missing", "export default { blocks: () => [] };", /lacks the functions finish, losses/],
    ["no blocks", changed("blocks: () => []"), /gives no blocks/],
    [
      "throws in blocks",
      changed(`blocks() { throw new Error("only for 10 classes"); }`),
      /threw in blocks: only for 10 classes\./,
    ],
    [
      "a block called V",
      changed(`blocks: () => [{ name: "V", shape: [1] }]`),
      /called V, which the teacher's own weights are/,
    ],
    [
      "a block twice",
      changed(`blocks: () => [{ name: "c", shape: [1] }, { name: "c", shape: [2] }]`),
      /two blocks are called c/,
    ],
    [
      "a shape of strings",
      changed(`blocks: () => [{ name: "c", shape: ["K"] }]`),
      /the shape of block c is \["K"\]/,
    ],
    ["a NaN start", changed("start: () => NaN"), /start\("c", 0\) is NaN/],
    ["start is no function", changed("start: [1]"), /a start that isn't a function/],
    [
      "a mean instead of losses",
      changed("losses: (A, phi, logits) => A.sum(logits)"),
      /losses of shape \[\] for 4 examples on plain arrays, expected \[4\]/,
    ],
    ["a loss for each class", changed("losses: (A, phi, logits) => logits"), /losses of shape \[4, 3\]/],
    [
      "NaN",
      changed("losses: (A, phi, logits) => A.sum(A.log(logits), 1)"),
      /gives NaN among its losses for unsure students/,
    ],
    [
      "infinite only for a sure student",
      changed("losses: (A, phi, logits) => A.sum(A.exp(A.exp(logits)), 1)"),
      /gives Infinity among its losses for sure students/,
    ],
    [
      "fine in float64, too large in float32",
      changed("losses: (A, phi, logits) => A.sum(A.exp(A.mul(logits, A.tensor([5], []))), 1)"),
      /gives Infinity among its losses in float32 for sure students/,
    ],
    [
      "a gradient of NaN",
      changed(
        "losses: (A, phi, logits) => A.mul(A.sum(A.log(A.mul(logits, A.tensor([0], []))), 1), A.tensor([0], []))",
      ),
      /NaN among its losses/,
    ],
    [
      "a mistake in shapes",
      changed("losses: (A, phi, logits, target) => A.matMul(logits, target)"),
      /threw on a tiny example/,
    ],
    [
      "φ that isn't there",
      changed("losses: (A, phi, logits, target) => A.mul(A.sum(target, 1), phi.nothing)"),
      /threw on a tiny example/,
    ],
    [
      "chance",
      changed(
        "losses: (A, phi, logits, target) => A.mul(A.sum(A.mul(logits, target), 1), A.tensor([Math.random()], [1]))",
      ),
      /for the same example\. Write losses with the algebra's/,
    ],
  ])("%s", async (_, source, message) => {
    expect(await refusalOf(source)).toMatch(message);
  });
});
