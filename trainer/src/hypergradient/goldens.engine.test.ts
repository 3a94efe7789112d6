import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../backend/select.ts";
import { checkGolden, optimizerOf, readGoldens, type GoldenCase } from "../golden/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { estimatorOf } from "./index.ts";

const fixture = (name: string) =>
  readGoldens(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)));
/** The second file has other shapes, keys, batches and depths. */
const cases: GoldenCase[] = [
  ...(await fixture("hypergradient-goldens.json")),
  ...(await fixture("hypergradient-goldens-other.json")),
];

/** Weights, M and dω₀ too where they reach it; central differences are told by their bias. */
const exact = ["store", "checkpoint", "reversible"];

describe.each(["cpu", "wasm"])("float64 goldens on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installOverlay();
  });

  const runs = exact.flatMap((name) =>
    cases
      .filter((golden) => !estimatorOf(name).objection(optimizerOf(golden)))
      .map((golden) => [name, golden.name, golden] as const),
  );
  test.each(runs)("%s: %s", async (name, _, golden) => {
    const before = tf.memory().numTensors;
    const report = await checkGolden(golden, estimatorOf(name));
    expect(report.deviations.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(report.deviations.length).toBe(3 + 2 * golden.w0.length + 1);
    expect(tf.memory().numTensors - before).toBe(0);
  });

  test.each(cases.map((golden) => [golden.name, golden] as const))(
    "central differences are within 1e-3: %s",
    async (_, golden) => {
      const { bias } = await checkGolden(golden, estimatorOf("central-difference"));
      expect(bias.error).toBeLessThan(1e-3);
    },
  );
});
