import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import type { ConvolutionAttrs, Shape4 } from "./convolution.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

type DepthwiseAttrs = Omit<ConvolutionAttrs, "dataFormat">;

/** The lengths that the companion's functions take, in their order; channels are those of the output. */
type Lengths =
  Parameters<ReturnType<typeof companionOf>["depthwiseInput"]> extends [number, number, number, ...infer Rest]
    ? Rest
    : never;

function describe(inShape: number[], filterShape: number[], attrs: DepthwiseAttrs): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
}

const lengthsOf = (info: backend_util.Conv2DInfo): Lengths => [
  info.inHeight,
  info.inWidth,
  info.outChannels,
  info.outHeight,
  info.outWidth,
  info.filterHeight,
  info.filterWidth,
  info.strideHeight,
  info.strideWidth,
  info.dilationHeight,
  info.dilationWidth,
  info.padInfo.top,
  info.padInfo.left,
];

/** y [batch, outHeight, outWidth, inChannels·multiplier] of x [batch, height, width, inChannels]. */
export function depthwiseConv2D(
  { x, filter }: { x: TensorInfo; filter: TensorInfo },
  attrs: DepthwiseAttrs,
  backend: WasmBackend,
): TensorInfo {
  const info = describe(x.shape, filter.shape, attrs);
  const companion = companionOf(backend);
  const result = backend.makeOutput(info.outShape, "float32");
  const multiplier = info.outChannels / info.inChannels;
  const pixels = info.inHeight * info.inWidth;
  const work = multiplier === 1 ? 0 : scratchOf(backend, pixels * info.outChannels * 4);
  const [y, images, weights] = [result, x, filter].map((tensor) => addressOf(tensor, backend)) as [
    number,
    number,
    number,
  ];
  for (let n = 0; n < info.batchSize; n++) {
    const image = images + n * pixels * info.inChannels * 4;
    if (multiplier > 1) companion.repeatNumbers(work, image, pixels * info.inChannels, multiplier);
    const target = y + n * info.outHeight * info.outWidth * info.outChannels * 4;
    companion.depthwiseForward(target, multiplier === 1 ? image : work, weights, ...lengthsOf(info));
  }
  return result;
}

/**
 * The gradient of a depthwise convolution with respect to its input, of shape `inputShape`, from dy [batch, outHeight,
 * outWidth, inChannels·multiplier] and the filter [height, width, inChannels, multiplier]. The Wasm backend lacks it.
 */
export function depthwiseBackpropInput(
  { dy, filter }: { dy: TensorInfo; filter: TensorInfo },
  attrs: DepthwiseAttrs & { inputShape: Shape4 },
  backend: WasmBackend,
): TensorInfo {
  const info = describe(attrs.inputShape, filter.shape, attrs);
  const companion = companionOf(backend);
  const gradient = backend.makeOutput(info.inShape, "float32");
  const multiplier = info.outChannels / info.inChannels;
  const pixels = info.inHeight * info.inWidth;
  // With several outputs a channel, each has an image of its own first.
  const work = multiplier === 1 ? 0 : scratchOf(backend, pixels * info.outChannels * 4);
  const [dx, from, weights] = [gradient, dy, filter].map((tensor) => addressOf(tensor, backend)) as [
    number,
    number,
    number,
  ];
  for (let n = 0; n < info.batchSize; n++) {
    const target = dx + n * pixels * info.inChannels * 4;
    const source = from + n * info.outHeight * info.outWidth * info.outChannels * 4;
    const sums = multiplier === 1 ? target : work;
    companion.fillZero(sums, pixels * info.outChannels * 4);
    companion.depthwiseInput(sums, source, weights, ...lengthsOf(info));
    if (multiplier > 1) companion.sumNeighbours(target, work, pixels * info.inChannels, multiplier);
  }
  return gradient;
}

/**
 * The gradient of a depthwise convolution with respect to its filter, of shape `filterShape`, from x and dy. The Wasm backend
 * lacks it.
 */
export function depthwiseBackpropFilter(
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  attrs: DepthwiseAttrs & { filterShape: Shape4 },
  backend: WasmBackend,
): TensorInfo {
  const info = describe(x.shape, attrs.filterShape, attrs);
  const companion = companionOf(backend);
  const gradient = backend.makeOutput(info.filterShape, "float32");
  const multiplier = info.outChannels / info.inChannels;
  const pixels = info.inHeight * info.inWidth;
  const work = multiplier === 1 ? 0 : scratchOf(backend, pixels * info.outChannels * 4);
  const [dw, images, from] = [gradient, x, dy].map((tensor) => addressOf(tensor, backend)) as [
    number,
    number,
    number,
  ];
  companion.fillZero(dw, info.filterHeight * info.filterWidth * info.outChannels * 4);
  for (let n = 0; n < info.batchSize; n++) {
    const image = images + n * pixels * info.inChannels * 4;
    if (multiplier > 1) companion.repeatNumbers(work, image, pixels * info.inChannels, multiplier);
    const source = from + n * info.outHeight * info.outWidth * info.outChannels * 4;
    companion.depthwiseFilter(dw, multiplier === 1 ? image : work, source, ...lengthsOf(info));
  }
  return gradient;
}
