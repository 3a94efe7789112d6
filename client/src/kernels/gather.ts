import { backend_util, util, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./wasm-backend.ts";

/**
 * Picks slices of x along an axis; `batchDims` leading axes of both are walked together. The stock kernel reads outside
 * its memory if batchDims isn't 0, checks each index through a closure, and copies single numbers one call at a time.
 *
 * @throws Error if an index is outside the axis, as the stock kernel does.
 */
export function gather(
  { x, indices }: { x: TensorInfo; indices: TensorInfo },
  { axis, batchDims }: { axis: number; batchDims: number },
  backend: WasmBackend,
): TensorInfo {
  const along = util.parseAxisParam(axis, x.shape)[0] ?? 0;
  const info = backend_util.segment_util.collectGatherOpShapeInfo(
    x as Tensor,
    indices as Tensor,
    along,
    batchDims,
  );
  const { batchSize, outerSize, dimSize, sliceSize } = info;
  const output = backend.makeOutput(info.outputShape, x.dtype);
  const target = backend.typedArrayFromHeap(output);
  const source = backend.typedArrayFromHeap(x);
  const picks = backend.typedArrayFromHeap(indices);
  const count = picks.length / batchSize;
  let place = 0;
  for (let batch = 0; batch < batchSize; batch++)
    for (let outer = 0; outer < outerSize; outer++)
      for (let i = 0; i < count; i++) {
        const index = picks[batch * count + i] as number;
        if (index < 0 || index >= dimSize) {
          backend.disposeData(output.dataId);
          throw new Error(`GatherV2: the index value ${index} is not in [0, ${dimSize - 1}]`);
        }
        const start = ((batch * outerSize + outer) * dimSize + index) * sliceSize;
        // One number at a time is faster for short slices: a view costs more than the copy.
        if (sliceSize < 32)
          for (let j = 0; j < sliceSize; j++) target[place + j] = source[start + j] as number;
        else target.set(source.subarray(start, start + sliceSize), place);
        place += sliceSize;
      }
  return output;
}
