import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./wasm-backend.ts";

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

/** For each output place, row-major, the flat index in x of its window's maximum: the first one, as on the cpu backend. */
function findMaxima(x: Float32Array, info: backend_util.Conv2DInfo): Int32Array {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const maxima = new Int32Array(batchSize * outHeight * outWidth * inChannels);
  let place = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let i = 0; i < outHeight; i++) {
      const top = i * strideHeight - info.padInfo.top;
      const firstRow = Math.max(top, 0);
      const rowEnd = Math.min(top + info.filterHeight, inHeight);
      for (let j = 0; j < outWidth; j++) {
        const left = j * strideWidth - info.padInfo.left;
        const firstColumn = Math.max(left, 0);
        const columnEnd = Math.min(left + info.filterWidth, inWidth);
        for (let c = 0; c < inChannels; c++) {
          let best = ((n * inHeight + firstRow) * inWidth + firstColumn) * inChannels + c;
          let bestValue = x[best] as number;
          for (let row = firstRow; row < rowEnd; row++) {
            let index = ((n * inHeight + row) * inWidth + firstColumn) * inChannels + c;
            for (let column = firstColumn; column < columnEnd; column++) {
              const value = x[index] as number;
              if (value > bestValue) {
                bestValue = value;
                best = index;
              }
              index += inChannels;
            }
          }
          maxima[place++] = best;
        }
      }
    }
  }
  return maxima;
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
  const dx = backend.makeOutput(input.shape, "float32");
  const values = backend.typedArrayFromHeap(dx) as Float32Array;
  const gradients = backend.typedArrayFromHeap(dy) as Float32Array;
  const maxima = findMaxima(backend.typedArrayFromHeap(input) as Float32Array, layOut(input, attrs));
  values.fill(0);
  for (let place = 0; place < maxima.length; place++) {
    const index = maxima[place] as number;
    values[index] = (values[index] as number) + (gradients[place] as number);
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
  const values = backend.typedArrayFromHeap(x) as Float32Array;
  const maxima = findMaxima(values, info);
  const pooledValues = backend.typedArrayFromHeap(pooled) as Float32Array;
  const indexValues = backend.typedArrayFromHeap(indices) as Int32Array;
  const imageSize = attrs.includeBatchInIndex
    ? Number.POSITIVE_INFINITY
    : info.inHeight * info.inWidth * info.inChannels;
  for (let place = 0; place < maxima.length; place++) {
    const index = maxima[place] as number;
    pooledValues[place] = values[index] as number;
    indexValues[place] = index % imageSize;
  }
  return [pooled, indices];
}
