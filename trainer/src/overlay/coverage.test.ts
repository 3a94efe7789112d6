import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { isLecternError } from "@lectern/shared/errors";
import { beforeAll, describe, expect, it } from "vitest";
import { assertCovered, coveredLayers } from "./coverage.ts";

const { layers, sequential } = tfl;

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

function refusal(model: tfl.LayersModel): { code: string; message: string } {
  try {
    assertCovered(model);
  } catch (error) {
    if (isLecternError(error)) return error;
    throw error;
  }
  throw new Error("The model was accepted.");
}

const image = { inputShape: [6, 6, 2] };

describe("assertCovered", () => {
  it("accepts a LeNet", () => {
    const model = sequential({
      layers: [
        layers.conv2d({ ...image, filters: 2, kernelSize: 3, activation: "tanh" }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dropout({ rate: 0 }),
        layers.dense({ units: 3 }),
      ],
    });
    expect(() => assertCovered(model)).not.toThrow();
  });

  it.each([
    [
      "an uncovered class",
      layers.depthwiseConv2d({ ...image, kernelSize: 3, name: "deep" }),
      /"deep" \(DepthwiseConv2D\).*Dense/u,
    ],
    [
      "dropout",
      layers.dropout({ ...image, rate: 0.5, name: "drop" }),
      /"drop" \(Dropout\) has rate 0.5: dropout masks/u,
    ],
    [
      "dilation",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, dilationRate: 2, name: "wide" }),
      /"wide" \(Conv2D\) has dilationRate 2×2/u,
    ],
    [
      "channels first",
      layers.maxPooling2d({ ...image, poolSize: 2, dataFormat: "channelsFirst" }),
      /dataFormat channelsFirst/u,
    ],
    ["another axis", layers.batchNormalization({ ...image, axis: 1 }), /normalises axis 1/u],
    ["no scale", layers.batchNormalization({ ...image, scale: false }), /center or scale false/u],
    [
      "an uncovered activation",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, activation: "logSoftmax" as "softmax" }),
      /activation logSoftmax/u,
    ],
    [
      "a regularizer",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, kernelRegularizer: "l1l2" }),
      /kernelRegularizer.*weightDecay/u,
    ],
    [
      "a constraint",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, kernelConstraint: "nonNeg" }),
      /kernelConstraint/u,
    ],
  ])("refuses %s by name", (_, layer, message) => {
    const model = sequential({ layers: [layer, layers.flatten(), layers.dense({ units: 2 })] });
    const error = refusal(model);
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(message);
  });

  it("looks into nested models", () => {
    const inner = sequential({ layers: [layers.dropout({ inputShape: [3], rate: 0.1, name: "inside" })] });
    const model = sequential({ layers: [inner, layers.dense({ units: 2 })] });
    expect(refusal(model).message).toContain('"inside"');
  });

  it("refuses a model without trainable weights", () => {
    const model = sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
    expect(refusal(model).code).toBe("invalid-argument");
  });

  it("lists what it covers", () => {
    expect(coveredLayers).toEqual(
      expect.arrayContaining(["Dense", "Conv2D", "BatchNormalization", "MaxPooling2D"]),
    );
  });
});
