import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape4 = [number, number, number, number];

function layOut(x: TensorInfo, attrs: PoolAttrs): backend_util.Conv2DInfo {
  return backend_util.computePool2DInfo(
    x.shape as Shape4,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
}

/** Bytes of work space for maxima and their places: some images at a time. */
const workBytes = 512 * 1024;

/** Writes each window's maximum and its flat index in x, the first one where several are equal, as on the cpu backend. */
function findMaxima(
  x: number,
  maxima: number,
  places: number,
  images: number,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  companionOf(backend).poolMaxima(
    maxima,
    places,
    x,
    images,
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
}

/**
 * dy moved to the maximum of each window, shape of `input`. The stock Wasm kernel is wrong wherever a window holds only
 * negative numbers (it starts its search at the smallest positive float), as behind tanh, and slow.
 */
export function maxPoolGrad(
  { dy, input }: { dy: TensorInfo; input: TensorInfo },
  attrs: PoolAttrs,
  backend: WasmBackend,
): TensorInfo {
  const info = layOut(input, attrs);
  const dx = backend.makeOutput(input.shape, "float32");
  const inImage = info.inHeight * info.inWidth * info.inChannels;
  const outImage = info.outHeight * info.outWidth * info.inChannels;
  const atOnce = Math.max(1, Math.min(info.batchSize, Math.floor(workBytes / (outImage * 8))));
  const maxima = scratchOf(backend, atOnce * outImage * 8);
  const places = maxima + atOnce * outImage * 4;
  const [x, target, source] = [input, dx, dy].map((tensor) => addressOf(tensor, backend)) as [
    number,
    number,
    number,
  ];
  for (let first = 0; first < info.batchSize; first += atOnce) {
    const images = Math.min(atOnce, info.batchSize - first);
    const from = first * inImage * 4;
    findMaxima(x + from, maxima, places, images, info, backend);
    companionOf(backend).scatterPlaces(
      target + from,
      images * inImage,
      places,
      source + first * outImage * 4,
      images * outImage,
    );
  }
  return dx;
}

/** [maxima, their flat indices in x]; the stock kernel has the fault of {@link maxPoolGrad}. */
export function maxPoolWithArgmax(
  { x }: { x: TensorInfo },
  attrs: PoolAttrs & { includeBatchInIndex: boolean },
  backend: WasmBackend,
): TensorInfo[] {
  const info = layOut(x, attrs);
  const pooled = backend.makeOutput(info.outShape, "float32");
  const indices = backend.makeOutput(info.outShape, "int32");
  const [maxima, places] = [addressOf(pooled, backend), addressOf(indices, backend)];
  findMaxima(addressOf(x, backend), maxima, places, info.batchSize, info, backend);
  if (!attrs.includeBatchInIndex) {
    const values = backend.typedArrayFromHeap(indices);
    const imageSize = info.inHeight * info.inWidth * info.inChannels;
    for (const [place, index] of values.entries()) values[place] = index % imageSize;
  }
  return [pooled, indices];
}
