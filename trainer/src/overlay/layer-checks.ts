import { getBackend } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];
type Config = ReturnType<Layer["getConfig"]>;

/** Why a layer isn't covered as it is set up, with the remedy; null if it is. */
export type Objection = { readonly problem: string; readonly remedy: string } | null;
export type Check = (config: Config, layer: Layer) => Objection;

const covered: Check = () => null;

/** Asked of the layer: the config of some leaves it out. */
const convolution: Check = (_, layer) => {
  const { dilationRate = 1 } = layer as unknown as { dilationRate?: number | number[] };
  const dilation = [dilationRate].flat();
  return dilation.some((rate) => rate !== 1)
    ? {
        problem: `has dilationRate ${dilation.join("×")}, which TensorFlow.js ignores or can't train`,
        remedy: "Use dilationRate 1.",
      }
    : null;
};

const channelsLast: Check = ({ dataFormat }) =>
  dataFormat === "channelsFirst"
    ? {
        problem: "has dataFormat channelsFirst, which TensorFlow.js computes wrongly for this layer",
        remedy: "Use channelsLast, the default of TensorFlow.js.",
      }
    : null;

const first =
  (...checks: Check[]): Check =>
  (config, layer) => {
    for (const check of checks) {
      const objection = check(config, layer);
      if (objection) return objection;
    }
    return null;
  };

const wholeAffine: Check = ({ center, scale }) =>
  center === false || scale === false
    ? {
        problem: "has center or scale false, which TensorFlow.js can't train",
        remedy: "Leave both true, the default.",
      }
    : null;

const lastAxis: Check = ({ axis }, layer) => {
  const output = layer.getOutputAt(0);
  const rank = Array.isArray(output) ? output[0]?.shape.length : output.shape.length;
  return axis === -1 || axis === (rank ?? 0) - 1
    ? null
    : {
        problem: `normalises axis ${String(axis)}, which TensorFlow.js computes wrongly`,
        remedy: "Normalise the last axis (axis: -1).",
      };
};

const recurrent: Check = ({ stateful }) =>
  stateful === true
    ? {
        problem: "is stateful: what it remembers of one batch would change the replay of another",
        remedy: "Leave stateful false, the default.",
      }
    : null;

const readingBack: Check = () =>
  getBackend() === "webgpu"
    ? {
        problem: "reads numbers back in each pass, which the backend webgpu can't do at once",
        remedy: "Encode the data before it is taught, or use another backend.",
      }
    : null;

/** Layers of TensorFlow.js that are refused whatever their settings. */
export const refusedLayers: Readonly<Record<string, NonNullable<Objection>>> = {
  Conv3DTranspose: {
    problem: "can't be trained by TensorFlow.js, which has no gradient of it",
    remedy: "Use its counterpart for images.",
  },
  Resizing: {
    problem: "can't run inside of a model in TensorFlow.js",
    remedy: "Use an upSampling2d layer.",
  },
};

/** The other layers of TensorFlow.js, by class name. A user's own are judged by the operations that they use. */
export const layerChecks: Readonly<Record<string, Check>> = {
  Activation: covered,
  Add: covered,
  AlphaDropout: covered,
  Average: covered,
  AveragePooling1D: covered,
  AveragePooling2D: covered,
  AveragePooling3D: covered,
  BatchNormalization: first(wholeAffine, lastAxis),
  Bidirectional: recurrent,
  CategoryEncoding: readingBack,
  CenterCrop: covered,
  Concatenate: covered,
  Conv1D: convolution,
  Conv2D: convolution,
  Conv2DTranspose: convolution,
  Conv3D: convolution,
  ConvLSTM2D: first(convolution, recurrent),
  ConvLSTM2DCell: convolution,
  Cropping2D: covered,
  Dense: covered,
  DepthwiseConv2D: convolution,
  Dot: covered,
  Dropout: covered,
  ELU: covered,
  Embedding: covered,
  Flatten: covered,
  GRU: recurrent,
  GRUCell: covered,
  GaussianDropout: covered,
  GaussianNoise: covered,
  GlobalAveragePooling1D: covered,
  GlobalAveragePooling2D: covered,
  GlobalMaxPooling1D: covered,
  GlobalMaxPooling2D: covered,
  InputLayer: covered,
  LSTM: recurrent,
  LSTMCell: covered,
  LayerNormalization: wholeAffine,
  LeakyReLU: covered,
  Masking: covered,
  MaxPooling1D: covered,
  MaxPooling2D: covered,
  MaxPooling3D: covered,
  Maximum: covered,
  Minimum: covered,
  Multiply: covered,
  PReLU: covered,
  Permute: covered,
  RNN: recurrent,
  ReLU: covered,
  RepeatVector: covered,
  Rescaling: covered,
  Reshape: covered,
  SeparableConv2D: first(convolution, channelsLast),
  SimpleRNN: recurrent,
  SimpleRNNCell: covered,
  Softmax: covered,
  SpatialDropout1D: covered,
  StackedRNNCells: covered,
  ThresholdedReLU: covered,
  TimeDistributed: covered,
  UpSampling2D: covered,
  ZeroPadding2D: covered,
};

/** Names of the activations that layers may have. */
export const coveredActivations: readonly string[] = [
  "elu",
  "gelu",
  "gelu_new",
  "hardSigmoid",
  "linear",
  "logSoftmax",
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
