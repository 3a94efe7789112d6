import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenedBackend } from "../../backend/opened.ts";
import { openWebGpu } from "../../backend/webgpu/open.ts";
import { useSoftwareAdapter } from "../../backend/webgpu/software.fixture.ts";
import { assertCovered } from "../coverage.ts";
import { installOverlay } from "../install.ts";
import { checkCase } from "./check-case.ts";
import { checkLayer } from "./check-layer.ts";
import { layerCases, titleOf } from "./layer-cases.ts";
import { caseGroups, toleranceOf } from "./table.ts";

/** A few: compiling their shaders takes seconds. tests/second-order-webgpu.soak.test.ts has them all. */
const sample = new Set([
  "BatchNormalization, of images",
  "DepthwiseConv2D",
  "Dot, attention",
  "Embedding, maskZero into an LSTM",
]);

describe.runIf(useSoftwareAdapter())("second-order gradients on webgpu", () => {
  let opened: OpenedBackend;

  beforeAll(async () => {
    tf.env().set("PROD", true);
    installOverlay();
    opened = await openWebGpu({ allowSoftware: true });
    await tf.setBackend("webgpu");
  });

  afterAll(() => opened?.close());

  describe.each(caseGroups.map(({ title, cases }) => [title, cases] as const))("%s", (_, cases) => {
    it.each(cases.map((testCase) => [testCase.name, testCase] as const))("%s", async (_name, testCase) => {
      const { gradientError, productError, leakedTensors } = await checkCase(testCase);
      const tolerance = toleranceOf(testCase.name, "webgpu");
      expect(gradientError).toBeLessThan(tolerance);
      expect(productError).toBeLessThan(tolerance);
      expect(leakedTensors).toBe(0);
    });
  });

  it.each(
    layerCases
      .filter((testCase) => sample.has(titleOf(testCase)))
      .map((testCase) => [titleOf(testCase), testCase] as const),
  )("%s", async (_, testCase) => {
    const { gradientError, productError, leakedTensors } = await checkLayer(testCase);
    expect(gradientError).toBeLessThan(1e-3);
    expect(productError).toBeLessThan(2e-3);
    expect(leakedTensors).toBe(0);
  });

  it("traces a model before training", async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3, activation: "relu" }),
        layers.flatten(),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 3 }),
      ],
    });
    const before = tf.memory().numTensors;
    await assertCovered(model);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses a layer that reads numbers back", async () => {
    const model = sequential({
      layers: [
        layers.categoryEncoding({ inputShape: [4], numTokens: 5, outputMode: "multiHot" }),
        layers.dense({ units: 2 }),
      ],
    });
    await expect(assertCovered(model)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/CategoryEncoding.*webgpu/u) as string,
    });
  });
});
