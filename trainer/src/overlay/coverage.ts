import { LecternError } from "@lectern/shared/errors";
import { LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];
type Config = ReturnType<Layer["getConfig"]>;

/** Why a layer of a covered class still isn't covered as it is set up, with the remedy; null if it is. */
type Objection = { problem: string; remedy: string } | null;
type Check = (config: Config, layer: Layer) => Objection;

const always: Check = () => null;

const channelsLast: Check = ({ dataFormat }) =>
  dataFormat === "channelsFirst"
    ? { problem: "has dataFormat channelsFirst", remedy: "Use channelsLast, the default of TensorFlow.js." }
    : null;

const convolution: Check = (config, layer) => {
  const dilation = [config["dilationRate"] ?? 1].flat();
  if (dilation.some((rate) => rate !== 1))
    return {
      problem: `has dilationRate ${dilation.join("×")}, for which TensorFlow.js has no gradient`,
      remedy: "Use dilationRate 1.",
    };
  return channelsLast(config, layer);
};

const batchNormalization: Check = ({ axis, center, scale }, layer) => {
  const output = layer.getOutputAt(0);
  const rank = Array.isArray(output) ? output[0]?.shape.length : output.shape.length;
  if (axis !== -1 && axis !== (rank ?? 0) - 1)
    return {
      problem: `normalises axis ${String(axis)}, which TensorFlow.js computes wrongly`,
      remedy: "Normalise the last axis (axis: -1).",
    };
  if (center === false || scale === false)
    return {
      problem: "has center or scale false, which TensorFlow.js can't train",
      remedy: "Leave both true, the default.",
    };
  return null;
};

const dropout: Check = ({ rate }) =>
  rate === 0
    ? null
    : {
        problem: `has rate ${String(rate)}: dropout masks differ between the forward pass and its replay`,
        remedy: "Remove the layer or set its rate to 0.",
      };

const checks: Readonly<Record<string, Check>> = {
  Activation: always,
  Add: always,
  Average: always,
  AveragePooling1D: channelsLast,
  AveragePooling2D: channelsLast,
  BatchNormalization: batchNormalization,
  Concatenate: always,
  Conv1D: convolution,
  Conv2D: convolution,
  Conv2DTranspose: convolution,
  Cropping2D: channelsLast,
  Dense: always,
  Dropout: dropout,
  ELU: always,
  Flatten: channelsLast,
  GlobalAveragePooling1D: always,
  GlobalAveragePooling2D: channelsLast,
  GlobalMaxPooling1D: always,
  GlobalMaxPooling2D: channelsLast,
  InputLayer: always,
  LayerNormalization: always,
  LeakyReLU: always,
  MaxPooling1D: channelsLast,
  MaxPooling2D: channelsLast,
  Maximum: always,
  Minimum: always,
  Multiply: always,
  Permute: always,
  PReLU: always,
  ReLU: always,
  RepeatVector: always,
  Reshape: always,
  Softmax: always,
  ThresholdedReLU: always,
  ZeroPadding2D: channelsLast,
};

/** Class names of the layers whose second-order gradients the contract tests show right. */
export const coveredLayers: readonly string[] = Object.keys(checks);

/** Names of the activations that covered layers may have. */
export const coveredActivations: readonly string[] = [
  "elu",
  "gelu",
  "gelu_new",
  "hardSigmoid",
  "linear",
  "mish",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "swish",
  "tanh",
];

function refuse(layer: Layer, problem: string, remedy: string): never {
  throw new LecternError(
    "unsupported",
    `Layer "${layer.name}" (${layer.getClassName()}) ${problem}.`,
    remedy,
  );
}

function assertLayerCovered(layer: Layer): void {
  const check = checks[layer.getClassName()];
  if (check === undefined)
    refuse(
      layer,
      "has no exact second-order gradients here",
      `Build the student from these layers: ${coveredLayers.join(", ")}.`,
    );
  const config = layer.getConfig();
  const { activation } = config;
  if (typeof activation === "string" && !coveredActivations.includes(activation))
    refuse(
      layer,
      `has activation ${activation}, without exact second-order gradients here`,
      `Use one of: ${coveredActivations.join(", ")}.`,
    );
  for (const [key, value] of Object.entries(config)) {
    if (value === null || value === undefined) continue;
    if (key.endsWith("Regularizer"))
      refuse(
        layer,
        `has a ${key}, which a taught loss doesn't include`,
        "Use the optimizer's weightDecay instead.",
      );
    if (key.endsWith("Constraint"))
      refuse(layer, `has a ${key}, a projection that hypergradients don't pass through`, "Remove it.");
  }
  const objection = check(config, layer);
  if (objection) refuse(layer, objection.problem, objection.remedy);
}

function assertLayersCovered(model: LayersModel): void {
  for (const layer of model.layers) {
    if (layer instanceof LayersModel) assertLayersCovered(layer);
    else assertLayerCovered(layer);
  }
}

/**
 * Refuses a student whose exact Hessian-vector products aren't covered, before any training. Nested models are looked
 * into.
 *
 * @throws LecternError `unsupported`, naming the layer and what is covered; `invalid-argument` if nothing is trainable.
 *
 * @example
 * ```ts
 * assertCovered(tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [784] })] }));
 * ```
 */
export function assertCovered(model: LayersModel): void {
  assertLayersCovered(model);
  if (model.trainableWeights.length === 0)
    throw new LecternError(
      "invalid-argument",
      `Model "${model.name}" has no trainable weights.`,
      "Give it a layer with weights, such as dense, and leave trainable true.",
    );
}
