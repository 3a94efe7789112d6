import { util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./wasm-backend.ts";

/**
 * Sums the slices of x [n, …] that have the same segment id: [numSegments, …]. Ids outside 0…numSegments−1 are dropped.
 * The gradient of `gather` needs it, and the Wasm backend lacks it: https://github.com/tensorflow/tfjs/issues/8082.
 */
export function unsortedSegmentSum(
  { x, segmentIds }: { x: TensorInfo; segmentIds: TensorInfo },
  { numSegments }: { numSegments: number },
  backend: WasmBackend,
): TensorInfo {
  const slice = x.shape.slice(segmentIds.shape.length);
  const sums = backend.makeOutput([numSegments, ...slice], x.dtype);
  const target = backend.typedArrayFromHeap(sums);
  const source = backend.typedArrayFromHeap(x);
  const ids = backend.typedArrayFromHeap(segmentIds);
  const sliceSize = util.sizeFromShape(slice);
  target.fill(0);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id < 0 || id >= numSegments) continue;
    for (let j = 0; j < sliceSize; j++)
      target[id * sliceSize + j] =
        (target[id * sliceSize + j] as number) + (source[i * sliceSize + j] as number);
  }
  return sums;
}
