import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { registerWasmKernels } from "../../../client/src/kernels/index.ts";
import { assertCovered, coveredActivations, coveredLayers } from "./coverage.ts";
import { installOverlay } from "./install.ts";
import { holdMovingStatistics } from "./moving-statistics.ts";

const { input, layers, model: functional, sequential } = tfl;
type Layer = tfl.LayersModel["layers"][number];

const filled = (shape: number[], phase: number, scale = 1): tf.Tensor => {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Array.from(
    { length: count },
    (_, i) => scale * (2 * (((i + 1) * 0.618 + phase * 0.414) % 1) - 1),
  );
  return tf.tensor(values, shape);
};

/** A smooth curved layer before the one in question and another after it, so that its second order matters. */
function around(shape: number[], ...middle: Layer[]): tfl.LayersModel {
  const first =
    shape.length === 3
      ? layers.conv2d({ inputShape: shape, filters: 2, kernelSize: 2, padding: "same", activation: "tanh" })
      : layers.dense({ inputShape: shape, units: 4, activation: "tanh" });
  const model = sequential({ layers: [first, ...middle] });
  if ((model.outputs[0]?.shape.length ?? 0) > 2) model.add(layers.flatten());
  model.add(layers.dense({ units: 3, activation: "sigmoid" }));
  return model;
}

function merged(layer: Layer): tfl.LayersModel {
  const x = input({ shape: [3] });
  const left = layers.dense({ units: 4, activation: "tanh" }).apply(x) as tfl.SymbolicTensor;
  const right = layers.dense({ units: 4, activation: "sigmoid" }).apply(x) as tfl.SymbolicTensor;
  const both = layer.apply([left, right]) as tfl.SymbolicTensor;
  return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(both) as tfl.SymbolicTensor });
}

const plane = [4, 4, 2];
const sequence = [5, 2];

const builders: Record<string, () => tfl.LayersModel> = {
  Activation: () => around([3], layers.activation({ activation: "softplus" })),
  Add: () => merged(layers.add()),
  Average: () => merged(layers.average()),
  AveragePooling1D: () => around(sequence, layers.averagePooling1d({ poolSize: 2, padding: "same" })),
  AveragePooling2D: () =>
    around(plane, layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" })),
  BatchNormalization: () => around(plane, layers.batchNormalization()),
  Concatenate: () => merged(layers.concatenate()),
  Conv1D: () =>
    around(sequence, layers.conv1d({ filters: 2, kernelSize: 3, strides: 2, activation: "tanh" })),
  Conv2D: () =>
    around(
      plane,
      layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
    ),
  Conv2DTranspose: () =>
    around(plane, layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" })),
  Cropping2D: () => around(plane, layers.cropping2D({ cropping: 1 })),
  Dense: () => around([3], layers.dense({ units: 5 })),
  Dropout: () => around([3], layers.dropout({ rate: 0 })),
  ELU: () => around([3], layers.elu()),
  Flatten: () => around(plane, layers.flatten()),
  GlobalAveragePooling1D: () => around(sequence, layers.globalAveragePooling1d({})),
  GlobalAveragePooling2D: () => around(plane, layers.globalAveragePooling2d({})),
  GlobalMaxPooling1D: () => around(sequence, layers.globalMaxPooling1d({})),
  GlobalMaxPooling2D: () => around(plane, layers.globalMaxPooling2d({})),
  InputLayer: () => functionalOf([3]),
  LayerNormalization: () => around(plane, layers.layerNormalization()),
  LeakyReLU: () => around([3], layers.leakyReLU()),
  MaxPooling1D: () => around(sequence, layers.maxPooling1d({ poolSize: 2 })),
  MaxPooling2D: () => around(plane, layers.maxPooling2d({ poolSize: 2 })),
  Maximum: () => merged(layers.maximum()),
  Minimum: () => merged(layers.minimum()),
  Multiply: () => merged(layers.multiply()),
  Permute: () => around(plane, layers.permute({ dims: [2, 1, 3] })),
  PReLU: () => around([3], layers.prelu({ alphaInitializer: "ones" })),
  ReLU: () => around([3], layers.reLU({ maxValue: 0.4 })),
  RepeatVector: () => around([3], layers.repeatVector({ n: 2 })),
  Reshape: () => around(plane, layers.reshape({ targetShape: [8, 4] })),
  Softmax: () => around([3], layers.softmax()),
  ThresholdedReLU: () => around([3], layers.thresholdedReLU({ theta: 0.1 })),
  ZeroPadding2D: () => around(plane, layers.zeroPadding2d({ padding: 1 })),
};

function functionalOf(shape: number[]): tfl.LayersModel {
  const x = input({ shape });
  const hidden = layers.dense({ units: 4, activation: "tanh" }).apply(x);
  return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(hidden) as tfl.SymbolicTensor });
}

/** ‖nested gradients − central difference of gradients‖ / ‖central difference‖, over all weights. */
function disagreement(model: tfl.LayersModel): number {
  assertCovered(model);
  const x = filled([4, ...model.inputs[0]!.shape.slice(1).map(Number)], 0);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  variables.forEach((variable, i) => variable.assign(filled(variable.shape, i + 1, 0.7)));
  const directions = variables.map((variable, i) => filled(variable.shape, i + 21));
  const loss = (): tf.Scalar => {
    const y = model.apply(x, { training: true }) as tf.Tensor;
    return tf.mean(tf.mul(tf.square(tf.sub(y, 0.3)), filled(y.shape, 9)));
  };
  const gradients = (): tf.Tensor[] => {
    const { grads } = tf.variableGrads(loss, variables);
    return variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
  };
  const base = variables.map((variable) => tf.clone(variable));
  const gradientsAt = (step: number): tf.Tensor[] => {
    variables.forEach((variable, i) => variable.assign(tf.add(base[i]!, tf.mul(directions[i]!, step))));
    return gradients();
  };
  const product = (): tf.Tensor[] => {
    const along = (): tf.Scalar =>
      tf.addN(gradients().map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!)))) as tf.Scalar;
    const { grads } = tf.variableGrads(along, variables);
    return variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
  };
  return holdMovingStatistics(model, () => {
    const exact = product();
    const h = 2e-3;
    const [plus, minus] = [gradientsAt(h), gradientsAt(-h)];
    const flat = (tensors: tf.Tensor[]): number[] => tensors.flatMap((tensor) => [...tensor.dataSync()]);
    const forward = flat(plus);
    const central = flat(minus).map((value, i) => ((forward[i] ?? Number.NaN) - value) / (2 * h));
    const actual = flat(exact);
    return Math.hypot(...actual.map((value, i) => value - central[i]!)) / Math.hypot(...central);
  });
}

describe.each(["cpu", "wasm"])("Hessian-vector products of layers on %s", (backend) => {
  beforeAll(async () => {
    tf.env().set("PROD", true);
    installOverlay();
    registerWasmKernels();
    await tf.setBackend(backend);
  });

  it("checks every covered layer", () => {
    expect(Object.keys(builders)).toEqual(coveredLayers);
  });

  it.each(Object.entries(builders))("%s", (_, build) => {
    const model = build();
    const before = tf.memory().numTensors;
    expect(tf.tidy(() => disagreement(model))).toBeLessThan(2e-3);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it.each(coveredActivations)("activation %s", (activation) => {
    const model = around([3], layers.dense({ units: 4, activation: activation as "relu" }));
    expect(tf.tidy(() => disagreement(model))).toBeLessThan(2e-3);
    model.dispose();
  });
});
