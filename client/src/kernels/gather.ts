import { backend_util, util, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

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
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, along, batchDims);
  const companion = companionOf(backend);
  const picks = addressOf(indices, backend);
  const total = util.sizeFromShape(indices.shape);
  const outside = companion.findOutside(picks, total, dimSize);
  if (outside >= 0) {
    const index = backend.typedArrayFromHeap(indices)[outside];
    throw new Error(`GatherV2: the index value ${index} is not in [0, ${dimSize - 1}]`);
  }
  const output = backend.makeOutput(outputShape, x.dtype);
  const count = total / batchSize;
  const bytes = sliceSize * util.bytesPerElement(x.dtype);
  for (let batch = 0; batch < batchSize; batch++)
    companion.gatherSlices(
      addressOf(output, backend) + batch * outerSize * count * bytes,
      addressOf(x, backend) + batch * outerSize * dimSize * bytes,
      picks + batch * count * 4,
      outerSize,
      count,
      dimSize,
      bytes,
    );
  return output;
}
