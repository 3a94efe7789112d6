import { layers, type LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];

/** A layer in a setting that is refused before training. */
export interface RefusalCase {
  readonly layer: string;
  readonly setting: string;
  build(): Layer;
  /** What the refusal says. */
  readonly message: RegExp;
}

const image = { inputShape: [6, 6, 2] };
const volume = { inputShape: [4, 4, 4, 1] };
const sequence = { inputShape: [4, 3] };

const refusal = (layer: string, setting: string, build: () => Layer, message: RegExp): RefusalCase => ({
  layer,
  setting,
  build,
  message,
});

export const refusalCases: readonly RefusalCase[] = [
  refusal(
    "BatchNormalization",
    "an axis other than the last",
    () => layers.batchNormalization({ ...image, axis: 1 }),
    /normalises axis 1/u,
  ),
  refusal(
    "BatchNormalization",
    "center or scale false",
    () => layers.batchNormalization({ ...image, scale: false }),
    /center or scale false/u,
  ),
  refusal(
    "Bidirectional",
    "a constraint on a weight within",
    () =>
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
  ),
  refusal(
    "Conv2D",
    "dilationRate",
    () => layers.conv2d({ ...image, filters: 1, kernelSize: 2, dilationRate: 2, name: "wide" }),
    /"wide" \(Conv2D\) has dilationRate 2×2/u,
  ),
  refusal(
    "Conv2D",
    "a constraint",
    () => layers.conv2d({ ...image, filters: 1, kernelSize: 2, kernelConstraint: "nonNeg" }),
    /constraint on .*kernel/u,
  ),
  refusal(
    "Conv2DTranspose",
    "dilationRate, which TensorFlow.js ignores",
    () => layers.conv2dTranspose({ ...image, filters: 1, kernelSize: 2, dilationRate: 2 }),
    /dilationRate 2×2/u,
  ),
  refusal(
    "Conv3D",
    "on the backend wasm, which computes it wrongly",
    () => layers.conv3d({ ...volume, filters: 1, kernelSize: 2, name: "deep" }),
    /"deep" \(Conv3D\) uses Conv3D, which TensorFlow\.js computes wrongly on the backend wasm/u,
  ),
  refusal(
    "Conv3DTranspose",
    "",
    () => layers.conv3dTranspose({ ...volume, filters: 1, kernelSize: 2 }),
    /can't be trained by TensorFlow\.js/u,
  ),
  refusal(
    "DepthwiseConv2D",
    "dilationRate, which TensorFlow.js ignores",
    () => layers.depthwiseConv2d({ ...image, kernelSize: 2, dilationRate: 2 }),
    /dilationRate 2×2/u,
  ),
  refusal(
    "DepthwiseConv2D",
    "a constraint",
    () => layers.depthwiseConv2d({ ...image, kernelSize: 2, depthwiseConstraint: "nonNeg" }),
    /constraint on .*depthwise_kernel/u,
  ),
  refusal(
    "GRU",
    "regularizers, which TensorFlow.js leaves out of the loss",
    () => layers.gru({ ...sequence, units: 2, kernelRegularizer: "l1l2", returnSequences: true }) as Layer,
    /kernelRegularizer, which TensorFlow\.js leaves out/u,
  ),
  refusal(
    "LSTM",
    "stateful",
    () =>
      layers.lstm({ batchInputShape: [2, 4, 3], units: 2, stateful: true, returnSequences: true }) as Layer,
    /is stateful/u,
  ),
  refusal(
    "LayerNormalization",
    "center or scale false",
    () => layers.layerNormalization({ ...image, center: false }),
    /center or scale false/u,
  ),
  refusal(
    "MaxPooling3D",
    "on the backend wasm, which computes it wrongly",
    () => layers.maxPooling3d({ ...volume, poolSize: [2, 2, 2] }),
    /\(MaxPooling3D\) uses MaxPool3D, which TensorFlow\.js computes wrongly on the backend wasm/u,
  ),
  refusal(
    "RNN",
    "regularizers of its cells, which TensorFlow.js leaves out of the loss",
    () =>
      layers.rnn({
        ...sequence,
        returnSequences: true,
        cell: layers.lstmCell({ units: 2, biasRegularizer: "l1l2" }) as never,
      }) as Layer,
    /\(RNN\) has a biasRegularizer, which TensorFlow\.js leaves out/u,
  ),
  refusal(
    "Resizing",
    "",
    () => layers.resizing({ ...image, height: 3, width: 3 }),
    /\(Resizing\) can't run/u,
  ),
  refusal(
    "SeparableConv2D",
    "dataFormat channelsFirst",
    () => layers.separableConv2d({ ...image, filters: 2, kernelSize: 2, dataFormat: "channelsFirst" }),
    /dataFormat channelsFirst/u,
  ),
];
