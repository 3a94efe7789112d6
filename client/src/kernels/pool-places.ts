import { backend_util, util, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same";
}

/** [maxima, their flat places in x], both [batch, outHeight, outWidth, channels]; the first of several maxima counts. */
export function poolMaxima({ x }: { x: TensorInfo }, attrs: PoolAttrs, backend: WasmBackend): TensorInfo[] {
  const info = backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
  );
  const maxima = backend.makeOutput(info.outShape, "float32");
  const places = backend.makeOutput(info.outShape, "int32");
  companionOf(backend).poolMaxima(
    addressOf(maxima, backend),
    addressOf(places, backend),
    addressOf(x, backend),
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
  return [maxima, places];
}

/** (t + more) at the places, in their shape. */
export function gatherPlaces(
  { places, t, more }: { places: TensorInfo; t: TensorInfo; more?: TensorInfo },
  _: object,
  backend: WasmBackend,
): TensorInfo {
  const output = backend.makeOutput(places.shape, "float32");
  companionOf(backend).gatherPlaces(
    addressOf(output, backend),
    addressOf(places, backend),
    addressOf(t, backend),
    more ? addressOf(more, backend) : 0,
    util.sizeFromShape(places.shape),
  );
  return output;
}

/** d added up at the places of a tensor of zeros. */
export function scatterPlaces(
  { places, d }: { places: TensorInfo; d: TensorInfo },
  { shape }: { shape: number[] },
  backend: WasmBackend,
): TensorInfo {
  const output = backend.makeOutput(shape, "float32");
  companionOf(backend).scatterPlaces(
    addressOf(output, backend),
    util.sizeFromShape(shape),
    addressOf(places, backend),
    addressOf(d, backend),
    util.sizeFromShape(places.shape),
  );
  return output;
}

/** The gradient of a mean over height and width: t [n, channels] over height·width, at each place of `shape`. */
export function spreadMean(
  { t }: { t: TensorInfo },
  { shape }: { shape: [number, number, number, number] },
  backend: WasmBackend,
): TensorInfo {
  const output = backend.makeOutput(shape, "float32");
  const [batch, height, width, channels] = shape;
  companionOf(backend).spreadMean(
    addressOf(output, backend),
    addressOf(t, backend),
    batch,
    height * width,
    channels,
  );
  return output;
}
