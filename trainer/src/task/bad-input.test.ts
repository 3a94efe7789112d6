import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../data/temporary-folder.fixture.ts";
import { loadTask, resolveTaskSpec, taskNames, validateExamples } from "./index.ts";

describe("what the user asked for", () => {
  test("an unknown task", async () => {
    await expect(loadTask({ name: "minst" })).rejects.toMatchObject({
      code: "invalid-argument",
      message: `Unknown task "minst", expected ${taskNames.join(", ")} or the path of a module. A path starts with ./ or /, such as ./my-task.ts.`,
    });
  });

  test("options out of range are named with their value", () => {
    expect(() => resolveTaskSpec({ name: "mnist", labelNoise: 1.5 })).toThrow(
      /^Task mnist: labelNoise is 1\.5: too big: expected number to be <=1\. Pass another labelNoise/,
    );
    expect(() => resolveTaskSpec({ name: "mnist", subset: 0 })).toThrow(/subset is 0: too small/);
    expect(() => resolveTaskSpec({ name: "mnist", imbalance: Number.NaN })).toThrow(/imbalance is NaN/);
    const typo = { name: "mnist", noise: 0.4 };
    expect(() => resolveTaskSpec(typo)).toThrow(
      /Task mnist has no option noise\. The options are subset, labelNoise/,
    );
  });

  test("defaults are filled in, undefined counts as not said", () => {
    expect(resolveTaskSpec({ name: "mnist", labelNoise: 0.4, subset: undefined })).toEqual({
      name: "mnist",
      subset: 5000,
      labelNoise: 0.4,
      imbalance: 1,
      devExamples: 5000,
      validationExamples: 5000,
      testExamples: 10_000,
    });
  });

  test("data that aren't there", async () => {
    const dataDir = await temporaryFolder();
    await expect(loadTask({ name: "mnist" }, { dataDir })).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(/^No mnist data: looked for train-images/),
    });
  });
});

describe("validateExamples", () => {
  const rules = { classes: 3, features: 2, what: "my data" };

  test("accepts what is right", () => {
    expect(() => validateExamples([1, 2, 3, 4], [0, 2], rules)).not.toThrow();
  });

  test("names the index of what is wrong", () => {
    const cases: [x: number[], y: number[], message: RegExp][] = [
      [[], [], /^my data is empty\. Give it/],
      [[1, 2, 3], [0, 1], /has 3 input values and 2 labels, expected 2 × 2 = 4 input values/],
      [[1, 2, Number.NaN, 4], [0, 1], /has NaN in x, in example 1 at position 0 \(index 2\)/],
      [[1, Infinity, 3, 4], [0, 1], /has Infinity in x, in example 0 at position 1/],
      [[1, 2, 3, 4], [0, 3], /my data: label 3 at index 1, expected an integer from 0 to 2/],
      [[1, 2, 3, 4], [-1, 0], /label -1 at index 0/],
      [[1, 2, 3, 4], [0.5, 0], /label 0\.5 at index 0/],
    ];
    for (const [x, y, message] of cases) expect(() => validateExamples(x, y, rules)).toThrow(message);
  });
});

describe("a task module", () => {
  const load = async (source: string) => {
    const path = join(await temporaryFolder(), "task.ts");
    await writeFile(path, source);
    return loadTask({ name: path, subset: 2, devExamples: 1, validationExamples: 1, testExamples: 1 });
  };
  const task = (change: string) => `export default {
    classNames: ["cat", "dog"], inputShape: [1],
    train: { x: [1, 2, 3, 4, 5, 6, 7, 8, 9], y: [0, 1, 0, 1, 0, 1, 0, 1, 0] }, ${change}
  };`;

  test("may export an object; without test data, some of train is held out", async () => {
    const loaded = await load(task(""));
    expect(loaded.splits).toEqual({ metaPool: 4, evaluationPool: 2, metaDev: 1, validation: 1, test: 1 });
    expect(loaded.note).toBe("Test examples are held out of the training data.");
    expect(loaded.classNames).toEqual(["cat", "dog"]);
    const { train } = loaded.sample(1, "evaluation");
    expect([...train.y]).toEqual([...train.x].map((value) => (value + 1) % 2));
  });

  test("each fault has its own message", async () => {
    const cases: [source: string, message: RegExp][] = [
      ["export const task = 1;", /task\.ts has no default export/],
      ["export default 7;", /has no classNames, expected at least two/],
      ["throw new Error('no luck');", /can't be loaded: no luck\./],
      ["export default () => { throw new Error('no luck'); };", /threw: no luck\./],
      ["export default {", /can't be loaded/],
      [task("classNames: ['cat', 'cat']"), /has no classNames/],
      [task("inputShape: [0]"), /has no inputShape, expected positive integers/],
      [task("train: null"), /has no train examples/],
      [task("test: {}"), /has a test that isn't \{ x, y \}/],
      [task("test: { x: [], y: [] }"), /task\.ts: test is empty/],
      [task("train: { x: [1, NaN], y: [0, 1] }"), /train has NaN in x, in example 1/],
      [task("train: { x: [1, 2], y: [0, 2] }"), /label 2 at index 1, expected an integer from 0 to 1/],
      [task("inputShape: [2]"), /has 9 input values and 9 labels, expected 9 × 2/],
    ];
    for (const [source, message] of cases) {
      const loading = load(source);
      await expect(loading).rejects.toMatchObject({ name: "LecternError" });
      await expect(loading).rejects.toThrow(message);
    }
  });

  test("that doesn't exist", async () => {
    await expect(loadTask({ name: "./nowhere.ts" })).rejects.toThrow(
      /^The task module \.\/nowhere\.ts doesn't exist \(looked for \/.*nowhere\.ts\)/,
    );
  });
});
