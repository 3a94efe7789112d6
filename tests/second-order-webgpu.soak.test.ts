import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenedBackend } from "../trainer/src/backend/opened.ts";
import { openWebGpu } from "../trainer/src/backend/webgpu/open.ts";
import { useSoftwareAdapter } from "../trainer/src/backend/webgpu/software.fixture.ts";
import { checkLayer } from "../trainer/src/overlay/contract/check-layer.ts";
import { layerCases, titleOf } from "../trainer/src/overlay/contract/layer-cases.ts";
import { assertCovered } from "../trainer/src/overlay/coverage.ts";
import { installOverlay } from "../trainer/src/overlay/install.ts";

/** What webgpu refuses (see layer-checks.ts). */
const refused = new Set(["CategoryEncoding"]);

describe.runIf(useSoftwareAdapter())("whole models on webgpu", () => {
  let opened: OpenedBackend;

  beforeAll(async () => {
    tf.env().set("PROD", true);
    installOverlay();
    opened = await openWebGpu({ allowSoftware: true });
    await tf.setBackend("webgpu");
  });

  afterAll(() => opened?.close());

  it.each(
    layerCases
      .filter(({ layer }) => !refused.has(layer))
      .map((testCase) => [titleOf(testCase), testCase] as const),
  )("%s", async (_, testCase) => {
    const { gradientError, productError, leakedTensors } = await checkLayer(testCase);
    expect(gradientError).toBeLessThan(1e-3);
    expect(productError).toBeLessThan(2e-3);
    expect(leakedTensors).toBe(0);
    const model = testCase.build();
    await assertCovered(model);
    model.dispose();
  });
});
