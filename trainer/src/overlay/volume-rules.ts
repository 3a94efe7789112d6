import {
  avgPool,
  AvgPool3D,
  conv3d,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  engine,
  maxPool,
  MaxPool3D,
  reshape,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
} from "@tensorflow/tfjs-core";
import { gatherMaxima, scatterToMaxima, spreadAverage, type PoolAttrs } from "./pooling-rules.ts";
import { applyLinear, defineRule, type GradientRule } from "./rule.ts";
import { overlayScope } from "./stop-gradient.ts";

type Triple = [number, number, number];

interface ConvolutionAttrs {
  strides: Triple | number;
  pad: "valid" | "same";
}

const convolve = (x: Tensor, filter: Tensor, { strides, pad }: ConvolutionAttrs): Tensor =>
  conv3d(x as Tensor5D, filter as Tensor5D, strides, pad);

const toInput = (
  dy: Tensor,
  filter: Tensor,
  { strides, pad }: ConvolutionAttrs,
  inputShape: number[],
): Tensor => run(Conv3DBackpropInputV2, { dy, filter }, { strides, pad, inputShape });

const toFilter = (x: Tensor, dy: Tensor, { strides, pad }: ConvolutionAttrs, filterShape: number[]): Tensor =>
  run(Conv3DBackpropFilterV2, { x, dy }, { strides, pad, filterShape });

const run = (kernelName: string, inputs: Record<string, Tensor>, attrs: object): Tensor =>
  engine().runKernel(kernelName, inputs, attrs as unknown as NamedAttrMap);

interface VolumePoolAttrs {
  filterSize: Triple | number;
  strides: Triple | number;
  pad: "valid" | "same";
}

/** How images are pooled, its derivative at x, and the transpose of that. */
interface Pooling {
  readonly scope: string;
  pool(x: Tensor, attrs: PoolAttrs): Tensor;
  push(ddx: Tensor, x: Tensor, attrs: PoolAttrs): Tensor;
  pull(dy: Tensor, x: Tensor, y: Tensor, attrs: PoolAttrs): Tensor;
}

const pooledBy =
  (pool: typeof maxPool) =>
  (x: Tensor, { filterSize, strides, pad }: PoolAttrs): Tensor =>
    pool(x as Tensor4D, filterSize, strides, pad);

const average = pooledBy(avgPool);

const maxima: Pooling = {
  scope: overlayScope.maxima,
  pool: pooledBy(maxPool),
  push: gatherMaxima,
  pull: scatterToMaxima,
};
const averages: Pooling = {
  scope: overlayScope.average,
  pool: average,
  push: (ddx, _, attrs) => average(ddx, attrs),
  pull: (dy, x, _, attrs) => spreadAverage(dy, x, attrs),
};

const triple = (size: Triple | number): Triple => (typeof size === "number" ? [size, size, size] : size);

/**
 * Pooling volumes [n, depth, height, width, channels] as pooling images, within each layer first and then across layers:
 * the same, since windows, and the cells in them that aren't padding, are boxes. TensorFlow.js has no places of maxima of
 * volumes, and this way none are needed.
 */
function inTwo(x: Tensor, by: Pooling, { filterSize, strides, pad }: VolumePoolAttrs) {
  const [n, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const [[deep, tall, wide], [down, along, across]] = [triple(filterSize), triple(strides)];
  const within: PoolAttrs = { filterSize: [tall, wide], strides: [along, across], pad };
  const between: PoolAttrs = { filterSize: [deep, 1], strides: [down, 1], pad };
  const layersOf = (volume: Tensor): Tensor => reshape(volume, [n * depth, height, width, channels]);
  const stackOf = (layers: Tensor): Tensor => reshape(layers, [n, depth, -1, channels]);
  const layers = layersOf(x);
  const pooledLayers = by.pool(layers, within);
  const stack = stackOf(pooledLayers);
  const pooled = by.pool(stack, between);
  const [, high, broad] = pooledLayers.shape as [number, number, number, number];
  return {
    push(ddx: Tensor): Tensor {
      const moved = by.push(stackOf(by.push(layersOf(ddx), layers, within)), stack, between);
      return reshape(moved, [n, pooled.shape[1]!, high, broad, channels]);
    },
    pull(dy: Tensor): Tensor {
      const dStack = by.pull(reshape(dy, pooled.shape), stack, pooled, between);
      const dLayers = by.pull(reshape(dStack, pooledLayers.shape), layers, pooledLayers, within);
      return reshape(dLayers, x.shape);
    },
  };
}

const pooling = (kernelName: string, by: Pooling): GradientRule =>
  defineRule<VolumePoolAttrs>({
    kernelName,
    inputsToSave: ["x"],
    gradient: (dy, saved, attrs) => {
      const [x] = saved as [Tensor];
      // Anew in each: what is computed here is gone when a second pass asks for it.
      const pull = (at: Tensor): Tensor => inTwo(x, by, attrs).pull(at);
      return { x: () => applyLinear(by.scope, dy, pull, (ddx) => inTwo(x, by, attrs).push(ddx)) };
    },
  });

/**
 * Convolutions of volumes, trilinear like those of images (convolution-rules.ts), and pooling, from that of images. The
 * transposed convolution has no gradient in TensorFlow.js, so that no device can train it.
 */
export const volumeRules: readonly GradientRule[] = [
  defineRule<ConvolutionAttrs>({
    kernelName: Conv3DBackpropInputV2,
    inputsToSave: ["dy", "filter"],
    gradient: (ddx, saved, attrs) => {
      const [dy, filter] = saved as [Tensor, Tensor];
      return {
        dy: () => convolve(ddx, filter, attrs),
        filter: () => toFilter(ddx, dy, attrs, filter.shape),
      };
    },
  }),
  defineRule<ConvolutionAttrs>({
    kernelName: Conv3DBackpropFilterV2,
    inputsToSave: ["x", "dy"],
    gradient: (ddw, saved, attrs) => {
      const [x, dy] = saved as [Tensor, Tensor];
      return { x: () => toInput(dy, ddw, attrs, x.shape), dy: () => convolve(x, ddw, attrs) };
    },
  }),
  pooling(MaxPool3D, maxima),
  pooling(AvgPool3D, averages),
];
