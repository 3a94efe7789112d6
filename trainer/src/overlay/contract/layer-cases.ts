import * as tfl from "@tensorflow/tfjs-layers";
import { layerWithMatMul } from "./attention-layer.ts";

const { input, layers, model: functional, sequential } = tfl;
type Layer = tfl.LayersModel["layers"][number];
type Symbolic = tfl.SymbolicTensor;

/** Whole models, each with a smooth curved layer before the one in question and another after it. */
export interface LayerCase {
  /** The class that the case is about. */
  readonly layer: string;
  /** How it is set up; empty where that doesn't matter. */
  readonly setting: string;
  build(): tfl.LayersModel;
  /** Inputs are whole numbers from 0 to 4: words. */
  readonly words: boolean;
  /** Backends on which TensorFlow.js computes it wrongly, and which refuse it. */
  readonly notOn: readonly string[];
}

const plane = [4, 4, 2];
const sequence = [4, 2];
const vector = [3];

function around(shape: number[], ...middle: Layer[]): tfl.LayersModel {
  const first =
    shape.length === 3
      ? layers.conv2d({ inputShape: shape, filters: 2, kernelSize: 2, padding: "same", activation: "tanh" })
      : layers.dense({ inputShape: shape, units: 4, activation: "tanh" });
  const model = sequential({ layers: [first, ...middle] });
  if (model.outputs[0]!.shape.length > 2) model.add(layers.flatten());
  model.add(layers.dense({ units: 3, activation: "sigmoid" }));
  return model;
}

/** Two branches that the layer joins; `shape` of each, by a dense layer of `units`. */
function joined(layer: Layer, shape: number[] = vector, units = 4): tfl.LayersModel {
  const x = input({ shape });
  const left = layers.dense({ units, activation: "tanh" }).apply(x) as Symbolic;
  const right = layers.dense({ units, activation: "sigmoid" }).apply(x) as Symbolic;
  let both = layer.apply([left, right]) as Symbolic;
  if (both.shape.length > 2) both = layers.flatten().apply(both) as Symbolic;
  return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(both) as Symbolic });
}

/** Attention over a sequence by dot layers: softmax(QKᵀ)V. */
function attention(): tfl.LayersModel {
  const x = input({ shape: sequence });
  const [q, k, v] = [3, 3, 2].map((units) => layers.dense({ units }).apply(x) as Symbolic);
  const scores = layers.dot({ axes: [2, 2] }).apply([q!, k!]) as Symbolic;
  const weights = layers.softmax({ axis: -1 }).apply(scores) as Symbolic;
  const mixed = layers.dot({ axes: [2, 1] }).apply([weights, v!]) as Symbolic;
  const flat = layers.flatten().apply(mixed) as Symbolic;
  return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(flat) as Symbolic });
}

/** [2, 3, 4] cells of two channels, from a dense layer. */
function volume(layer: Layer): tfl.LayersModel {
  const cells = layers.reshape({ targetShape: [2, 3, 4, 2] });
  return around(vector, layers.dense({ units: 48, activation: "tanh" }), cells, layer);
}

function words(maskZero: boolean, ...middle: Layer[]): tfl.LayersModel {
  const model = sequential({
    layers: [layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4, maskZero }), ...middle],
  });
  if (model.outputs[0]!.shape.length > 2) model.add(layers.flatten());
  model.add(layers.dense({ units: 2, activation: "tanh" }));
  return model;
}

function convLstm(noise: { dropout?: number; recurrentDropout?: number }): tfl.LayersModel {
  const shape = { inputShape: [2, 3, 3, 1], filters: 2, kernelSize: 2, padding: "same" } as const;
  const recurrent = layers.convLstm2d({
    ...shape,
    inputShape: [...shape.inputShape],
    ...noise,
    returnSequences: true,
  });
  return sequential({
    layers: [recurrent as Layer, layers.flatten(), layers.dense({ units: 2, activation: "tanh" })],
  });
}

const first = "channelsFirst" as const;

const cases: Record<string, Record<string, () => tfl.LayersModel>> = {
  Activation: { "": () => around(vector, layers.activation({ activation: "softplus" })) },
  Add: { "": () => joined(layers.add()) },
  AlphaDropout: { "": () => around(vector, layers.alphaDropout({ rate: 0.4 })) },
  Average: { "": () => joined(layers.average()) },
  AveragePooling1D: {
    "": () => around(sequence, layers.averagePooling1d({ poolSize: 2, padding: "same" })),
  },
  AveragePooling2D: {
    "": () => around(plane, layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" })),
    "channels first": () => around(plane, layers.averagePooling2d({ poolSize: 2, dataFormat: first })),
  },
  AveragePooling3D: {
    "": () => volume(layers.averagePooling3d({ poolSize: [2, 2, 2], strides: [1, 2, 2], padding: "same" })),
    "channels first": () =>
      volume(layers.averagePooling3d({ poolSize: [1, 2, 2], dataFormat: first } as never)),
  },
  BatchNormalization: {
    "": () => around(vector, layers.batchNormalization()),
    "of images": () => around(plane, layers.batchNormalization()),
    "of sequences": () => around(sequence, layers.batchNormalization()),
  },
  Bidirectional: {
    "": () =>
      around(
        sequence,
        layers.bidirectional({
          layer: layers.lstm({ units: 2, returnSequences: true }) as never,
          mergeMode: "concat",
        }),
      ),
    "with dropout": () =>
      around(
        sequence,
        layers.bidirectional({ layer: layers.gru({ units: 2, dropout: 0.4 }) as never, mergeMode: "ave" }),
      ),
    summed: () =>
      around(sequence, layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, mergeMode: "sum" })),
  },
  CategoryEncoding: {
    "": () =>
      sequential({
        layers: [
          layers.categoryEncoding({ inputShape: [4], numTokens: 5, outputMode: "multiHot" }),
          layers.dense({ units: 3, activation: "tanh" }),
          layers.dense({ units: 2 }),
        ],
      }),
  },
  CenterCrop: {
    "as first layer": () =>
      sequential({
        layers: [
          layers.centerCrop({ inputShape: plane, height: 2, width: 2 }),
          layers.flatten(),
          layers.dense({ units: 3, activation: "tanh" }),
          layers.dense({ units: 2 }),
        ],
      }),
  },
  Concatenate: {
    "": () => joined(layers.concatenate()),
    "of the first axis": () => joined(layers.concatenate({ axis: 1 }), sequence),
  },
  Conv1D: {
    "": () => around(sequence, layers.conv1d({ filters: 2, kernelSize: 3, activation: "tanh" })),
    "stride 2": () =>
      around(sequence, layers.conv1d({ filters: 2, kernelSize: 2, strides: 2, padding: "same" })),
  },
  Conv2D: {
    "": () =>
      around(
        plane,
        layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
      ),
    relu: () => around(plane, layers.conv2d({ filters: 2, kernelSize: 2, activation: "relu" })),
    "channels first": () => around(plane, layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: first })),
  },
  Conv2DTranspose: {
    "": () =>
      around(plane, layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" })),
    "channels first": () =>
      around(plane, layers.conv2dTranspose({ filters: 2, kernelSize: 2, dataFormat: first })),
  },
  Conv3D: {
    "": () =>
      volume(layers.conv3d({ filters: 2, kernelSize: [1, 2, 3], padding: "same", activation: "tanh" })),
    "channels first": () => volume(layers.conv3d({ filters: 2, kernelSize: [1, 2, 2], dataFormat: first })),
  },
  ConvLSTM2D: { "": () => convLstm({}) },
  ConvLSTM2DCell: {
    "within ConvLSTM2D, with dropout": () => convLstm({ dropout: 0.3, recurrentDropout: 0.3 }),
  },
  Cropping2D: {
    "": () => around(plane, layers.cropping2D({ cropping: 1 })),
    "channels first": () =>
      around(
        plane,
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
          dataFormat: first,
        }),
      ),
  },
  Dense: {
    "": () => around(vector, layers.dense({ units: 5 })),
    "of a sequence": () => around(sequence, layers.dense({ units: 3, activation: "relu" })),
    "with l1 and l2": () =>
      around(
        vector,
        layers.dense({
          units: 3,
          kernelRegularizer: tfl.regularizers.l1l2({ l1: 0.02, l2: 0.3 }),
          biasRegularizer: tfl.regularizers.l2({ l2: 0.2 }),
        }),
      ),
  },
  DepthwiseConv2D: {
    "": () => around(plane, layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" })),
    "stride 2": () =>
      around(plane, layers.depthwiseConv2d({ kernelSize: 2, strides: 2, activation: "tanh" })),
    "channels first": () => around(plane, layers.depthwiseConv2d({ kernelSize: 2, dataFormat: first })),
  },
  Dot: {
    "": () => joined(layers.dot({ axes: 1 })),
    normalised: () => joined(layers.dot({ axes: -1, normalize: true })),
    attention,
  },
  Dropout: {
    "": () => around(vector, layers.dropout({ rate: 0.4 })),
    "one mask for a sequence": () =>
      around(sequence, layers.dropout({ rate: 0.4, noiseShape: [null as unknown as number, 1, 4] })),
  },
  ELU: { "": () => around(vector, layers.elu()) },
  Embedding: {
    "": () => words(false),
    "maskZero into an LSTM": () => words(true, layers.lstm({ units: 2 }) as Layer),
  },
  Flatten: { "": () => around(plane, layers.flatten({ dataFormat: first })) },
  GRU: {
    "": () => around(sequence, layers.gru({ units: 3 }) as Layer),
    "with dropout": () =>
      around(
        sequence,
        layers.gru({ units: 3, dropout: 0.3, recurrentDropout: 0.3, returnSequences: true }) as Layer,
      ),
  },
  GRUCell: {
    "in rnn": () => around(sequence, layers.rnn({ cell: layers.gruCell({ units: 2 }) as never }) as Layer),
  },
  GaussianDropout: { "": () => around(vector, layers.gaussianDropout({ rate: 0.3 })) },
  GaussianNoise: { "": () => around(vector, layers.gaussianNoise({ stddev: 0.3 })) },
  GlobalAveragePooling1D: { "": () => around(sequence, layers.globalAveragePooling1d({})) },
  GlobalAveragePooling2D: { "": () => around(plane, layers.globalAveragePooling2d({ dataFormat: first })) },
  GlobalMaxPooling1D: { "": () => around(sequence, layers.globalMaxPooling1d({})) },
  GlobalMaxPooling2D: { "": () => around(plane, layers.globalMaxPooling2d({})) },
  InputLayer: {
    "": () => {
      const x = input({ shape: vector });
      const hidden = layers.dense({ units: 4, activation: "tanh" }).apply(x);
      return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(hidden) as Symbolic });
    },
  },
  LSTM: {
    "": () => around(sequence, layers.lstm({ units: 3 }) as Layer),
    "backwards, sigmoid gates, no bias": () =>
      around(
        sequence,
        layers.lstm({ units: 2, goBackwards: true, recurrentActivation: "sigmoid", useBias: false }) as Layer,
      ),
    "with dropout": () =>
      around(sequence, layers.lstm({ units: 3, dropout: 0.3, recurrentDropout: 0.3 }) as Layer),
  },
  LSTMCell: {
    "in rnn": () => around(sequence, layers.rnn({ cell: layers.lstmCell({ units: 2 }) as never }) as Layer),
  },
  LayerNormalization: {
    "": () => around(plane, layers.layerNormalization()),
    "of a sequence": () => around(sequence, layers.layerNormalization({ axis: -1 })),
    "over two axes": () => around(sequence, layers.layerNormalization({ axis: [1, 2] })),
  },
  LeakyReLU: { "": () => around(vector, layers.leakyReLU()) },
  Masking: {
    "into a GRU": () =>
      sequential({
        layers: [
          layers.masking({ inputShape: sequence, maskValue: 0 }),
          layers.gru({ units: 2 }) as Layer,
          layers.dense({ units: 2 }),
        ],
      }),
  },
  MaxPooling1D: { "": () => around(sequence, layers.maxPooling1d({ poolSize: 2 })) },
  MaxPooling2D: {
    "": () => around(plane, layers.maxPooling2d({ poolSize: 2 })),
    "channels first": () => around(plane, layers.maxPooling2d({ poolSize: 2, dataFormat: first })),
  },
  MaxPooling3D: {
    "": () => volume(layers.maxPooling3d({ poolSize: [2, 2, 2], strides: [1, 2, 2], padding: "same" })),
    "channels first": () => volume(layers.maxPooling3d({ poolSize: [1, 2, 2], dataFormat: first } as never)),
  },
  Maximum: { "": () => joined(layers.maximum()) },
  Minimum: { "": () => joined(layers.minimum()) },
  Multiply: { "": () => joined(layers.multiply()) },
  PReLU: { "": () => around(vector, layers.prelu({ alphaInitializer: "ones" })) },
  Permute: { "": () => around(plane, layers.permute({ dims: [2, 1, 3] })) },
  RNN: {
    "of stacked cells": () =>
      around(
        sequence,
        layers.rnn({ cell: [layers.gruCell({ units: 2 }), layers.lstmCell({ units: 2 })] as never }) as Layer,
      ),
    "of stacked cells with dropout": () =>
      around(
        sequence,
        layers.rnn({
          cell: [
            layers.simpleRNNCell({ units: 2, dropout: 0.4 }),
            layers.lstmCell({ units: 2, recurrentDropout: 0.3 }),
          ] as never,
        }) as Layer,
      ),
  },
  ReLU: { "": () => around(vector, layers.reLU({ maxValue: 0.4 })) },
  RepeatVector: { "": () => around(vector, layers.repeatVector({ n: 2 })) },
  Rescaling: { "": () => around(vector, layers.rescaling({ scale: 0.5, offset: 0.1 })) },
  Reshape: { "": () => around(plane, layers.reshape({ targetShape: [8, 4] })) },
  SeparableConv2D: {
    "": () =>
      around(
        plane,
        layers.separableConv2d({ filters: 3, kernelSize: 2, depthMultiplier: 2, activation: "tanh" }),
      ),
  },
  SimpleRNN: {
    "": () => around(sequence, layers.simpleRNN({ units: 3, returnSequences: true }) as Layer),
    "with dropout": () =>
      around(sequence, layers.simpleRNN({ units: 3, dropout: 0.3, recurrentDropout: 0.2 }) as Layer),
  },
  SimpleRNNCell: {
    "in rnn": () =>
      around(sequence, layers.rnn({ cell: layers.simpleRNNCell({ units: 2 }) as never }) as Layer),
  },
  Softmax: { "": () => around(vector, layers.softmax()) },
  SpatialDropout1D: { "": () => around(sequence, layers.spatialDropout1d({ rate: 0.4 })) },
  StackedRNNCells: {
    "in rnn": () =>
      around(
        sequence,
        layers.rnn({
          returnSequences: true,
          cell: layers.stackedRNNCells({
            cells: [layers.simpleRNNCell({ units: 2 }), layers.simpleRNNCell({ units: 3 })] as never,
          }) as never,
        }) as Layer,
      ),
  },
  ThresholdedReLU: { "": () => around(vector, layers.thresholdedReLU({ theta: 0.1 })) },
  TimeDistributed: {
    "": () =>
      around(sequence, layers.timeDistributed({ layer: layers.dense({ units: 3, activation: "tanh" }) })),
    "of dropout": () => around(sequence, layers.timeDistributed({ layer: layers.dropout({ rate: 0.4 }) })),
    "of a convolution": () =>
      sequential({
        layers: [
          layers.timeDistributed({
            inputShape: [2, 3, 3, 1],
            layer: layers.conv2d({ filters: 2, kernelSize: 2, activation: "tanh" }),
          }),
          layers.flatten(),
          layers.dense({ units: 2 }),
        ],
      }),
  },
  UpSampling2D: {
    "": () => around(plane, layers.upSampling2d({ size: [2, 2] })),
    bilinear: () => around(plane, layers.upSampling2d({ size: [2, 3], interpolation: "bilinear" as never })),
    "channels first": () => around(plane, layers.upSampling2d({ size: [2, 2], dataFormat: first })),
  },
  ZeroPadding2D: {
    "": () => around(plane, layers.zeroPadding2d({ padding: 1 })),
    "channels first": () =>
      around(
        plane,
        layers.zeroPadding2d({
          padding: [
            [1, 0],
            [0, 2],
          ],
          dataFormat: first,
        }),
      ),
  },
  "a layer of one's own": {
    "attention by tf.matMul and tf.softmax": () => around(sequence, layerWithMatMul()),
  },
};

const notOnWasm = new Set(["Conv3D", "MaxPooling3D"]);
const ofWords = new Set(["Embedding", "CategoryEncoding"]);

/** A model for each layer of TensorFlow.js that is covered, and for the settings that change its computation. */
export const layerCases: readonly LayerCase[] = Object.entries(cases).flatMap(([layer, settings]) =>
  Object.entries(settings).map(([setting, build]): LayerCase => ({
    layer,
    setting,
    build,
    words: ofWords.has(layer),
    notOn: notOnWasm.has(layer) ? ["wasm"] : [],
  })),
);

export const titleOf = ({ layer, setting }: LayerCase): string => (setting ? `${layer}, ${setting}` : layer);
