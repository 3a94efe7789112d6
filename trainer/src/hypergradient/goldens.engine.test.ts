import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../backend/select.ts";
import { checkGolden, readGoldens, type GoldenCase } from "../golden/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { storeEstimator } from "./index.ts";

const fixture = (name: string) =>
  readGoldens(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)));
/** The second file has other shapes, keys, batches and depths. */
const cases: GoldenCase[] = [
  ...(await fixture("hypergradient-goldens.json")),
  ...(await fixture("hypergradient-goldens-other.json")),
];

describe.each(["cpu", "wasm"])("float64 goldens on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installOverlay();
  });

  test.each(cases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    const before = tf.memory().numTensors;
    const report = await checkGolden(golden, storeEstimator);
    expect(report.deviations.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(report.deviations.length).toBe(3 + 2 * golden.w0.length + 1);
    expect(tf.memory().numTensors - before).toBe(0);
  });
});
