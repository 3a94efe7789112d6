import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { registerWasmKernels } from "@lectern/client/kernels";
import { isLecternError } from "@lectern/shared/errors";
import { beforeAll, describe, expect, it } from "vitest";
import { layerCases, titleOf } from "./contract/layer-cases.ts";
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
const sequence = { inputShape: [4, 3] };

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
    async (_, { build }) => {
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

  it("knows every layer that TensorFlow.js exports", () => {
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    const registered = Object.entries(classNameMap)
      .filter(
        ([, [constructor]]) => (constructor as { prototype: unknown }).prototype instanceof layers.Layer,
      )
      .map(([name]) => name)
      .filter((name) => !["Functional", "Model", "Sequential", "Own", "Attention"].includes(name));
    expect(registered.filter((name) => !(name in layerChecks || name in refusedLayers))).toEqual([]);
  });

  it.each([
    [
      "volumes",
      layers.conv3d({ inputShape: [4, 4, 4, 1], filters: 1, kernelSize: 2, name: "deep" }),
      /"deep" \(Conv3D\) works on volumes.*images/u,
    ],
    [
      "dilation",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, dilationRate: 2, name: "wide" }),
      /"wide" \(Conv2D\) has dilationRate 2×2/u,
    ],
    [
      "dilation that TensorFlow.js ignores",
      layers.depthwiseConv2d({ ...image, kernelSize: 2, dilationRate: 2 }),
      /dilationRate 2×2/u,
    ],
    [
      "channels first where it's wrong",
      layers.separableConv2d({ ...image, filters: 2, kernelSize: 2, dataFormat: "channelsFirst" }),
      /dataFormat channelsFirst/u,
    ],
    ["another axis", layers.batchNormalization({ ...image, axis: 1 }), /normalises axis 1/u],
    ["no scale", layers.batchNormalization({ ...image, scale: false }), /center or scale false/u],
    ["no shift", layers.layerNormalization({ ...image, center: false }), /center or scale false/u],
    [
      "a constraint",
      layers.conv2d({ ...image, filters: 1, kernelSize: 2, kernelConstraint: "nonNeg" }),
      /constraint on .*kernel/u,
    ],
    [
      "a constraint that a config hides",
      layers.depthwiseConv2d({ ...image, kernelSize: 2, depthwiseConstraint: "nonNeg" }),
      /constraint on .*depthwise_kernel/u,
    ],
    [
      "state",
      layers.lstm({ batchInputShape: [2, 4, 3], units: 2, stateful: true, returnSequences: true }) as Layer,
      /is stateful/u,
    ],
    [
      "a regularizer that is left out",
      layers.gru({ ...sequence, units: 2, kernelRegularizer: "l1l2", returnSequences: true }) as Layer,
      /kernelRegularizer, which TensorFlow.js leaves out/u,
    ],
    [
      "a cell's regularizer",
      layers.rnn({
        ...sequence,
        returnSequences: true,
        cell: layers.lstmCell({ units: 2, biasRegularizer: "l1l2" }) as never,
      }) as Layer,
      /\(RNN\) has a biasRegularizer, which TensorFlow\.js leaves out/u,
    ],
    [
      "a layer within a wrapper",
      layers.bidirectional({
        ...sequence,
        mergeMode: "sum",
        layer: layers.lstm({
          units: 2,
          kernelConstraint: "nonNeg",
          name: "inner",
          returnSequences: true,
        }) as never,
      }),
      /constraint on .*inner\/kernel/u,
    ],
    ["a layer that can't run", layers.resizing({ ...image, height: 3, width: 3 }), /\(Resizing\) can't run/u],
  ])("refuses %s by name", async (_, layer, message) => {
    const model = sequential({ layers: [layer, layers.flatten(), layers.dense({ units: 2 })] });
    const error = await refusal(model);
    expect(error.code).toBe("unsupported");
    expect(error.message).toMatch(message);
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
