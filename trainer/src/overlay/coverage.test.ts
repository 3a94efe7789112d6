import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { registerWasmKernels } from "@lectern/client/kernels";
import { isLecternError } from "@lectern/shared/errors";
import { beforeAll, describe, expect, it } from "vitest";
import { layerCases, titleOf } from "./contract/layer-cases.ts";
import { refusalCases } from "./contract/refusal-cases.ts";
import { assertCovered, coveredLayers } from "./coverage.ts";
import { installOverlay } from "./install.ts";
import { layerChecks, refusedLayers } from "./layer-checks.ts";

const { layers, sequential } = tfl;
type Layer = tfl.LayersModel["layers"][number];

beforeAll(async () => {
  tf.env().set("PROD", true);
  installOverlay();
  registerWasmKernels();
  await tf.setBackend("wasm");
});

async function refusal(
  model: tfl.LayersModel,
  batchSize?: number,
): Promise<{ code: string; message: string }> {
  try {
    await assertCovered(model, batchSize === undefined ? {} : { batchSize });
  } catch (error) {
    if (isLecternError(error)) return error;
    throw error;
  }
  throw new Error("The model was accepted.");
}

const image = { inputShape: [6, 6, 2] };

/** A layer as a user would write it, around one operation. */
function layerOf(operation: (x: tf.Tensor) => tf.Tensor): Layer {
  class Own extends layers.Layer {
    static className = "Own";
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      // Whatever the shape: the layer keeps its input's.
      return tf.add(x, tf.mean(operation(x)));
    }
  }
  return new Own({ name: "mine" });
}

const withOwn = (operation: (x: tf.Tensor) => tf.Tensor): tfl.LayersModel =>
  sequential({
    layers: [layers.dense({ units: 4, inputShape: [3] }), layerOf(operation), layers.dense({ units: 2 })],
  });

describe("assertCovered", () => {
  it.each(layerCases.map((testCase) => [titleOf(testCase), testCase] as const))(
    "accepts %s",
    async (_, { build, notOn }) => {
      await tf.setBackend(notOn.includes("wasm") ? "cpu" : "wasm");
      const model = build();
      const before = tf.memory().numTensors;
      const weights = await Promise.all(model.weights.map((weight) => weight.read().data()));
      await assertCovered(model);
      expect(tf.memory().numTensors).toBe(before);
      expect(await Promise.all(model.weights.map((weight) => weight.read().data()))).toEqual(weights);
      model.dispose();
    },
  );

  it("has a case for every layer that it may accept, and only for these", () => {
    const checked = new Set(layerCases.map(({ layer }) => layer));
    expect([...checked].filter((name) => !/ /.test(name)).toSorted()).toEqual([...coveredLayers].toSorted());
  });

  /** TensorFlow.js itself can't put them into a model: it takes their open width for a negative one. */
  const unbuildable = ["RandomHeight", "RandomWidth"];

  it("knows every layer that TensorFlow.js exports", () => {
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    const registered = Object.entries(classNameMap)
      .filter(
        ([, [constructor]]) => (constructor as { prototype: unknown }).prototype instanceof layers.Layer,
      )
      .map(([name]) => name)
      .filter(
        (name) => !["Functional", "Model", "Sequential", "Own", "Attention", ...unbuildable].includes(name),
      );
    expect(registered.filter((name) => !(name in layerChecks || name in refusedLayers))).toEqual([]);
  });

  it.each(
    refusalCases.map(
      (testCase) => [[testCase.layer, testCase.setting].filter(Boolean).join(", "), testCase] as const,
    ),
  )("refuses %s by name", async (_, { build, message }) => {
    const model = sequential({ layers: [build(), layers.flatten(), layers.dense({ units: 2 })] });
    const error = await refusal(model);
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(message);
  });

  it("has a case for every layer that is refused whatever its settings", () => {
    const always = refusalCases.filter(({ setting }) => setting === "").map(({ layer }) => layer);
    expect(always.toSorted()).toEqual(Object.keys(refusedLayers).toSorted());
  });

  it.each<[string, (dataFormat: "channelsFirst" | "channelsLast") => Layer]>([
    ["AveragePooling2D", (dataFormat) => layers.averagePooling2d({ poolSize: 2, dataFormat })],
    ["Conv2D", (dataFormat) => layers.conv2d({ filters: 2, kernelSize: 2, dataFormat })],
    ["Conv2DTranspose", (dataFormat) => layers.conv2dTranspose({ filters: 2, kernelSize: 2, dataFormat })],
    [
      "Cropping2D",
      (dataFormat) =>
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
          dataFormat,
        }),
    ],
    ["DepthwiseConv2D", (dataFormat) => layers.depthwiseConv2d({ kernelSize: 2, dataFormat })],
    ["MaxPooling2D", (dataFormat) => layers.maxPooling2d({ poolSize: 2, dataFormat })],
    ["UpSampling2D", (dataFormat) => layers.upSampling2d({ size: [2, 3], dataFormat })],
    [
      "ZeroPadding2D",
      (dataFormat) =>
        layers.zeroPadding2d({
          padding: [
            [1, 0],
            [0, 2],
          ],
          dataFormat,
        }),
    ],
  ])("%s with channels first is the one with channels last, transposed", (_, build) => {
    const [one, other] = tf.tidy(() => {
      const x = tf.randomUniform([2, 4, 6, 3], -1, 1, "float32", 3);
      const [first, last] = [build("channelsFirst"), build("channelsLast")];
      const transposed = first.apply(tf.transpose(x, [0, 3, 1, 2])) as tf.Tensor;
      last.build(x.shape);
      last.setWeights(first.getWeights());
      const expected = last.apply(x) as tf.Tensor;
      return [tf.transpose(transposed, [0, 2, 3, 1]).arraySync(), expected.arraySync()];
    });
    expect(one).toEqual(other);
  });

  it.each([
    [
      "an operation without a gradient",
      (x: tf.Tensor) => tf.stridedSlice(x, [0, 0], [99, 4], [1, 2]),
      /StridedSlice/u,
    ],
    [
      "an operation whose second order is wrong",
      (x: tf.Tensor) => tf.logSoftmax(x),
      /"mine" \(Own\) uses logSoftmax/u,
    ],
    [
      "an operation whose first order is wrong",
      (x: tf.Tensor) =>
        tf.mirrorPad(
          x,
          [
            [0, 0],
            [1, 1],
          ],
          "reflect",
        ),
      /"mine" \(Own\) uses MirrorPad/u,
    ],
    [
      "a gradient of the user's own",
      (x: tf.Tensor) =>
        tf.customGrad((at) => ({ value: tf.square(at as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy }))(x),
      /"mine" \(Own\) uses/u,
    ],
    ["an operation without a kernel here", (x: tf.Tensor) => tf.einsum("ij->ji", x), /Einsum/u],
    [
      "noise behind the scenes",
      (x: tf.Tensor) => tf.mul(x, tf.randomUniform(x.shape)),
      /draws at random, unseen/u,
    ],
  ])("refuses a user's layer with %s", async (_, operation, message) => {
    const error = await refusal(withOwn(operation));
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(message);
  });

  it("looks into nested models", async () => {
    const inner = sequential({
      layers: [layers.dense({ inputShape: [3], units: 3, kernelConstraint: "nonNeg", name: "inside" })],
    });
    const model = sequential({ layers: [inner, layers.dense({ units: 2 })] });
    expect((await refusal(model)).message).toContain('"inside"');
  });

  it("refuses a model without trainable weights, an empty batch, and a layer whose output is empty", async () => {
    const none = sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
    expect((await refusal(none)).code).toBe("invalid-argument");
    const dense = sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })] });
    expect((await refusal(dense, 0)).message).toMatch(/^The batch has 0 examples, expected at least 1\./u);
    const pooled = sequential({
      layers: [
        layers.conv2d({ ...image, filters: 2, kernelSize: 3 }),
        layers.maxPooling2d({ poolSize: 5, name: "large" }),
        layers.globalMaxPooling2d({}),
        layers.dense({ units: 2 }),
      ],
    });
    expect((await refusal(pooled)).message).toMatch(/"large" \(MaxPooling2D\) gives an empty output/u);
  });
});
