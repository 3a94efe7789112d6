import { BatchMatMul, type backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { callKernel, chain, type WasmBackend } from "./wasm-backend.ts";

type TypedArray = ReturnType<WasmBackend["typedArrayFromHeap"]>;

/**
 * Filter gradients of images with few channels, a network's first layer, are better unrolled: XNNPACK would read dy as a
 * huge filter for very few outputs. Measured: 9 ms against 32 for LeNet's first layer, batch 128.
 */
export function hasFewChannels(info: backend_util.Conv2DInfo): boolean {
  return info.inChannels <= 4;
}

/** What it costs to add up one number of the patches, in multiplications of a matrix product. Measured. */
const ADDITION_COST = 28;

/**
 * Whether the input gradient is cheaper from patches than as a full convolution, which computes each place of the
 * (larger) input, multiplies the zeros that a stride leaves, and works on eight channels at a time.
 */
export function prefersPatches(info: backend_util.Conv2DInfo): boolean {
  const window = info.filterHeight * info.filterWidth;
  const full =
    info.batchSize *
    info.inHeight *
    info.inWidth *
    window *
    info.outChannels *
    8 *
    Math.ceil(info.inChannels / 8);
  return places(info) * patchSize(info) * (info.outChannels + ADDITION_COST) < full;
}

/** Patches of x, transposed: one row for each cell of the filter, one column for each place of the output. */
function unroll(source: TypedArray, target: TypedArray, info: backend_util.Conv2DInfo): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, padInfo } = info;
  let at = 0;
  for (let p = 0; p < info.filterHeight; p++)
    for (let q = 0; q < info.filterWidth; q++)
      for (let c = 0; c < inChannels; c++)
        for (let n = 0; n < info.batchSize; n++)
          for (let i = 0; i < outHeight; i++) {
            const y = i * strideHeight + p - padInfo.top;
            const line = (n * inHeight + y) * inWidth;
            for (let j = 0; j < outWidth; j++, at++) {
              const z = j * strideWidth + q - padInfo.left;
              const inside = y >= 0 && y < inHeight && z >= 0 && z < inWidth;
              target[at] = inside ? (source[(line + z) * inChannels + c] as number) : 0;
            }
          }
}

/** Calls `visit` with the first entry of each run of numbers that is adjacent in x and in the patches, and its length. */
function visitPatchRows(
  info: backend_util.Conv2DInfo,
  visit: (place: number, row: number, start: number, length: number) => void,
): void {
  const { inHeight, inWidth, inChannels, filterHeight, filterWidth, padInfo } = info;
  let place = 0;
  for (let n = 0; n < info.batchSize; n++)
    for (let i = 0; i < info.outHeight; i++)
      for (let j = 0; j < info.outWidth; j++, place++) {
        const top = i * info.strideHeight - padInfo.top;
        const left = j * info.strideWidth - padInfo.left;
        const first = Math.max(0, -left);
        const length = (Math.min(filterWidth, inWidth - left) - first) * inChannels;
        for (let p = Math.max(0, -top); p < filterHeight && top + p < inHeight; p++) {
          const row = (p * filterWidth + first) * inChannels;
          visit(place, row, ((n * inHeight + top + p) * inWidth + left + first) * inChannels, length);
        }
      }
}

const patchSize = (info: backend_util.Conv2DInfo): number =>
  info.filterHeight * info.filterWidth * info.inChannels;
const places = (info: backend_util.Conv2DInfo): number => info.batchSize * info.outHeight * info.outWidth;

/** dw = patchesᵀ·dy, the patches laid out transposed: [filterHeight·filterWidth·inChannels, batch·outHeight·outWidth]. */
export function filterGradientOfPatches(
  x: TensorInfo,
  dy: TensorInfo,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): TensorInfo {
  const count = places(info);
  return chain(backend, (track) => {
    const patches = track(backend.makeOutput([patchSize(info), count], "float32"));
    const target = backend.typedArrayFromHeap(patches);
    const source = backend.typedArrayFromHeap(x);
    unroll(source, target, info);
    const rows = { ...dy, shape: [count, info.outChannels] };
    const gradient = callKernel(
      BatchMatMul,
      { a: patches, b: rows },
      { transposeA: false, transposeB: false },
      backend,
    );
    return { ...gradient, shape: info.filterShape };
  });
}

/** dx: the patches' gradients dy·wᵀ, added up where patches overlap. */
export function inputGradientOfPatches(
  dy: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): TensorInfo {
  const size = patchSize(info);
  const rows = { ...dy, shape: [places(info), info.outChannels] };
  const weights = { ...filter, shape: [size, info.outChannels] };
  const patches = callKernel(
    BatchMatMul,
    { a: rows, b: weights },
    { transposeA: false, transposeB: true },
    backend,
  );
  const dx = backend.makeOutput(info.inShape, "float32");
  const target = backend.typedArrayFromHeap(dx);
  const source = backend.typedArrayFromHeap(patches);
  target.fill(0);
  visitPatchRows(info, (place, row, start, length) => {
    const from = place * size + row;
    for (let k = 0; k < length; k++)
      target[start + k] = (target[start + k] as number) + (source[from + k] as number);
  });
  backend.disposeData(patches.dataId);
  return dx;
}
