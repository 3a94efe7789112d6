import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

/**
 * Sums the slices of x [n, …] that have the same segment id: [numSegments, …]. Ids outside 0…numSegments−1 are dropped.
 * The gradient of `gather` needs it, and the Wasm backend lacks it: https://github.com/tensorflow/tfjs/issues/8082.
 *
 * @throws Error if x isn't float32
 */
export function unsortedSegmentSum(
  { x, segmentIds }: { x: TensorInfo; segmentIds: TensorInfo },
  { numSegments }: { numSegments: number },
  backend: WasmBackend,
): TensorInfo {
  util.assert(
    x.dtype === "float32",
    () => `UnsortedSegmentSum on the wasm backend takes float32 numbers, but got ${x.dtype}.`,
  );
  const slice = x.shape.slice(segmentIds.shape.length);
  const sums = backend.makeOutput([numSegments, ...slice], "float32");
  companionOf(backend).segmentSums(
    addressOf(sums, backend),
    addressOf(x, backend),
    addressOf(segmentIds, backend),
    util.sizeFromShape(segmentIds.shape),
    util.sizeFromShape(slice),
    numSegments,
  );
  return sums;
}
