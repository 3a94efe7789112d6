import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findDataFolder, readCifar10, readMnist } from "./index.ts";
import type { Dataset } from "./index.ts";

const dataDir =
  process.env["LECTERN_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));

/** Mean and standard deviation per channel, as shares of 255. */
function statistics({ values, shape }: Dataset): { means: number[]; deviations: number[] } {
  const channels = shape[2]!;
  const count = values.length / channels;
  const each = Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < values.length; i += channels) {
      sum += values[i]!;
      squares += values[i]! ** 2;
    }
    const mean = sum / count;
    return { mean: mean / 255, deviation: Math.sqrt(squares / count - mean ** 2) / 255 };
  });
  return { means: each.map(({ mean }) => mean), deviations: each.map(({ deviation }) => deviation) };
}

function counts({ labels, classNames }: Dataset): number[] {
  const found = classNames.map(() => 0);
  for (const label of labels) found[label]!++;
  return found;
}

// Skipped, and shown as such, where the files aren't: they are not in the repository.
describe.skipIf(!existsSync(dataDir))(`the real files in ${dataDir}`, () => {
  test("MNIST", async () => {
    const { train, test } = await readMnist(await findDataFolder("mnist", { dataDir }));
    expect([train.count, test.count, train.shape]).toEqual([60_000, 10_000, [28, 28, 1]]);
    expect(counts(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(counts(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const { means, deviations } = statistics(train);
    expect(means[0]).toBeCloseTo(0.1307, 4);
    expect(deviations[0]).toBeCloseTo(0.3081, 4);
  });

  test("CIFAR-10", async () => {
    const { train, test } = await readCifar10(await findDataFolder("cifar10", { dataDir }));
    expect([train.count, train.shape]).toEqual([50_000, [32, 32, 3]]);
    expect(counts(train)).toEqual(train.classNames.map(() => 5000));
    expect([1000, 10_000]).toContain(test.count);
    const { means, deviations } = statistics(train);
    expect(means.map((mean) => mean.toFixed(4))).toEqual(["0.4914", "0.4822", "0.4465"]);
    expect(deviations.map((deviation) => deviation.toFixed(4))).toEqual(["0.2470", "0.2435", "0.2616"]);
  });
});
