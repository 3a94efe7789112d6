import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** Bytes of windows that are computed before they are added up: they stay in the second-level cache. */
const windowBytes = 256 * 1024;

/**
 * dx as sums of windows: dy·filterᵀ gives each output pixel's window, which is added where it lies. Nothing outside dy is
 * multiplied, but each number of a window is written and read once more. The convolution must not be dilated.
 */
export function convolveBackByWindows(
  { dy, filter, dx, accumulate }: { dy: number; filter: number; dx: number; accumulate: boolean },
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const companion = companionOf(backend);
  const columns = info.filterHeight * info.filterWidth * inChannels;
  const pixels = outHeight * outWidth;
  const atOnce = Math.min(batchSize, Math.max(1, Math.floor(windowBytes / (pixels * columns * 4))));
  const bytes = packedBytes(outChannels, columns);
  const table = scratchOf(backend, tableBytes + bytes + atOnce * pixels * columns * 4);
  const panels = table + tableBytes;
  const windows = panels + bytes;
  companion.packColumns(panels, filter, outChannels, columns, outChannels * 4, panelBytesFor(outChannels), 0);
  companion.setInner(1, 1, outChannels, 0, 0, 4);
  const inImage = inHeight * inWidth * inChannels * 4;
  for (let first = 0; first < batchSize; first += atOnce) {
    const count = Math.min(atOnce, batchSize - first);
    const from = dy + first * pixels * outChannels * 4;
    const to = dx + first * inImage;
    companion.setRows(1, 1, count * pixels, 0, 0, outChannels * 4, 0, 0, columns * 4);
    companion.contract(
      from,
      panels,
      panelBytesFor(outChannels),
      32,
      16,
      windows,
      columns,
      table,
      false,
      0,
      false,
    );
    if (!accumulate) companion.fillZero(to, count * inImage);
    companion.addWindows(
      to,
      windows,
      count,
      inHeight,
      inWidth,
      inChannels,
      outHeight,
      outWidth,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.padInfo.top,
      info.padInfo.left,
    );
  }
}
