import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadTask } from "./index.ts";

const dataDir =
  process.env["LECTERN_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));

// Skipped, and shown as such, where the files aren't: they are not in the repository.
describe.skipIf(!existsSync(dataDir))(`tasks on the real files in ${dataDir}`, () => {
  test("mnist: the sizes of method.md, 36 % wrong labels at 40 % noise, and a cheap sample", async () => {
    const task = await loadTask({ name: "mnist", labelNoise: 0.4 }, { dataDir });
    expect(task.splits).toEqual({
      metaPool: 30_000,
      evaluationPool: 20_000,
      metaDev: 5000,
      validation: 5000,
      test: 10_000,
    });
    const clean = await loadTask({ name: "mnist" }, { dataDir });
    const [noisy, right] = [task.sample(1), clean.sample(1)];
    expect(noisy.train.x).toEqual(right.train.x);
    const wrong = noisy.train.y.filter((label, i) => label !== right.train.y[i]).length;
    expect(Math.abs(wrong / 5000 - 0.36)).toBeLessThan(0.02);
    const times = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((seed) => {
      const start = performance.now();
      task.sample(seed);
      return performance.now() - start;
    });
    // Budget 30 ms; the best of ten, as the machine is shared.
    expect(Math.min(...times)).toBeLessThan(30);
  });

  test("cifar10: test examples are held out of train, and the report says so", async () => {
    const task = await loadTask({ name: "cifar10", imbalance: 10 }, { dataDir });
    expect(task.splits).toEqual({
      metaPool: 21_000,
      evaluationPool: 14_000,
      metaDev: 5000,
      validation: 5000,
      test: 5000,
    });
    expect(task.note).toMatch(/held out of CIFAR-10's official training set/);
    const { train } = task.sample(9, "evaluation");
    const count = (label: number) => train.y.filter((y) => y === label).length;
    expect(count(0) / count(9)).toBeCloseTo(10, 0);
    expect(train.x.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
