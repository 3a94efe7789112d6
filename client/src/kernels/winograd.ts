import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import {
  groupSize,
  groupWorkBytes,
  paddedHeight,
  paddedWidth,
  visitPadded,
  type Border,
} from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** A 3 × 3 convolution without stride, by the layout of its input [count, height, width, channels] and output. */
export interface Square {
  count: number;
  height: number;
  width: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  filters: number;
  /** Padding before. */
  top: number;
  left: number;
}

/** The convolution as a {@link Square}, if it is one. */
export function asSquare(info: backend_util.Conv2DInfo): Square | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  if (filterHeight !== 3 || filterWidth !== 3) return undefined;
  if (strideHeight * strideWidth * dilationHeight * dilationWidth !== 1) return undefined;
  return {
    count: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    filters: info.outChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

/** The convolution of dy that gives the gradient with respect to the input. */
export const turnSquare = (square: Square): Square => ({
  count: square.count,
  height: square.outHeight,
  width: square.outWidth,
  channels: square.filters,
  outHeight: square.height,
  outWidth: square.width,
  filters: square.channels,
  top: 2 - square.top,
  left: 2 - square.left,
});

/** Bytes of transformed tiles at a time: they stay in the second-level cache. */
const tilesBytes = 512 * 1024;

/** Room for 12 vectors, after the table of row addresses. */
const vectorsBytes = 256;

/** Bytes from one transformed tile to the next (winograd.ts in client/kernels-wasm says why 64 more than its numbers). */
const tileStep = (channels: number): number => 64 * channels + 64;

/** How the tiles of a convolution lie. */
interface Tiling {
  border: Border;
  rows: number;
  columns: number;
  /** Images whose tiles are transformed at once. */
  images: number;
  /** Bytes of the transformed tiles of one image, of the input and of the output. */
  inBytes: number;
  outBytes: number;
}

function tile(square: Square): Tiling {
  const { count, height, width, channels, outHeight, outWidth, top, left } = square;
  const [rows, columns] = [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)];
  const border = {
    height,
    width,
    channels,
    top,
    bottom: Math.max(0, 2 * rows + 2 - height - top),
    left,
    right: Math.max(0, 2 * columns + 2 - width - left),
  };
  const inBytes = rows * columns * tileStep(channels);
  const outBytes = rows * columns * tileStep(square.filters);
  const fitting = Math.max(1, Math.floor(tilesBytes / (inBytes + outBytes)));
  return {
    border,
    rows,
    columns,
    images: Math.min(count, fitting, groupSize(border, count)),
    inBytes,
    outBytes,
  };
}

/** Fewest channels and filters for which a product pays, and its gradient with respect to the filter. */
const fewest = { product: 12, filterGradient: 8 };

/**
 * Whether 16 multiplications instead of 36 pay for the transforms, which cost the more the fewer channels share them.
 * Measured for 8 images, ms direct and so: 0.68 and 0.50 with 16 channels (32 × 32), 0.65 and 0.37 with 32 (16 × 16) and
 * with 64 (8 × 8), but 0.18 and 0.19 with 8. Gradients of the filter: 0.69 and 0.40, 0.73 and 0.38, 0.81 and 0.38; 0.17 and 0.12.
 */
export function prefersWinograd(square: Square, kind: keyof typeof fewest): boolean {
  const { count, channels, filters, outHeight, outWidth, top, left } = square;
  const tiles = Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2);
  return (
    channels % 4 === 0 &&
    filters % 4 === 0 &&
    Math.min(channels, filters) >= fewest[kind] &&
    top >= 0 &&
    left >= 0 &&
    tiles * 4 <= 1.3 * outHeight * outWidth &&
    tiles * count >= 64
  );
}

const outerExchanged = [3, 1, 2, 0];

/** Sets the grids for the 16 products: rows are tiles. */
function setTiles(
  companion: ReturnType<typeof companionOf>,
  tiles: number,
  channels: number,
  filters: number,
): void {
  companion.setRows(1, 1, tiles, 0, 0, tileStep(channels), 0, 0, tileStep(filters));
  companion.setInner(1, 1, channels, 0, 0, 4);
}

/**
 * y = x * filter by Winograd's F(2×2, 3×3). `turned` takes the filter [3, 3, filters, channels] of the convolution whose
 * input's gradient this is.
 */
export function convolveSquare(
  { x, filter, y, bias, relu }: { x: number; filter: number; y: number; bias: number; relu: boolean },
  square: Square,
  turned: boolean,
  backend: WasmBackend,
): void {
  const { count, channels, filters, outHeight, outWidth } = square;
  const tiling = tile(square);
  const { border, rows, columns, images } = tiling;
  const plane = channels * filters * 4;
  const panelBytes = panelBytesFor(channels);
  const packed = packedBytes(channels, filters);
  const companion = companionOf(backend);
  const tileBytes = images * (tiling.inBytes + tiling.outBytes);
  const work = 16 * packed + Math.max(16 * plane, tileBytes) + groupWorkBytes(border, count);
  const table = scratchOf(backend, tableBytes + vectorsBytes + work);
  const panels = table + tableBytes + vectorsBytes;
  const tiles = panels + 16 * packed;
  // The transformed filter lies where the tiles will, until it is packed.
  companion.winogradFilter(tiles, filter, plane, table + tableBytes);
  for (let i = 0; i < 16; i++) {
    const target = panels + i * packed;
    if (turned) {
      // To turn a filter round exchanges the outer rows and columns of its transform.
      const from = tiles + ((outerExchanged[i >> 2] ?? 0) * 4 + (outerExchanged[i & 3] ?? 0)) * plane;
      companion.packColumns(target, from, channels, filters, channels * 4, panelBytes, 0);
    } else companion.packRows(target, tiles + i * plane, channels, filters, filters * 4, panelBytes, 0);
  }
  const products = tiles + images * tiling.inBytes;
  const padded = tiles + Math.max(16 * plane, tileBytes);
  const rowBytes = paddedWidth(border) * channels * 4;
  const imageBytes = paddedHeight(border) * rowBytes;
  const outImage = outHeight * outWidth * filters * 4;
  visitPadded(x, count, border, padded, backend, (address, first, some) => {
    for (let n = 0; n < some; n += images) {
      const now = Math.min(images, some - n);
      const from = address + n * imageBytes;
      companion.winogradInput(tiles, from, now, rows, columns, channels, rowBytes, imageBytes);
      setTiles(companion, now * rows * columns, channels, filters);
      for (let i = 0; i < 16; i++) {
        const [a, b, c] = [tiles + i * channels * 4, panels + i * packed, products + i * filters * 4];
        companion.contract(a, b, panelBytes, 32, 16, c, filters, table, false, 0, false);
      }
      const to = y + (first + n) * outImage;
      companion.winogradOutput(to, products, now, rows, columns, filters, outHeight, outWidth, bias, relu);
    }
  });
}

/** dw of a 3 × 3 convolution without stride, by the transpose of Winograd's F(2×2, 3×3). */
export function correlateSquare(
  { x, dy, dw }: { x: number; dy: number; dw: number },
  square: Square,
  backend: WasmBackend,
): void {
  const { count, channels, filters, outHeight, outWidth } = square;
  const tiling = tile(square);
  const { border, rows, columns, images } = tiling;
  const plane = channels * filters * 4;
  const companion = companionOf(backend);
  const work = 16 * plane + images * (tiling.inBytes + tiling.outBytes) + groupWorkBytes(border, count);
  const table = scratchOf(backend, tableBytes + vectorsBytes + work);
  const sums = table + tableBytes + vectorsBytes;
  const tiles = sums + 16 * plane;
  const gradients = tiles + images * tiling.inBytes;
  const padded = gradients + images * tiling.outBytes;
  const rowBytes = paddedWidth(border) * channels * 4;
  const imageBytes = paddedHeight(border) * rowBytes;
  const outImage = outHeight * outWidth * filters * 4;
  companion.setRows(1, 1, channels, 0, 0, 4, 0, 0, filters * 4);
  visitPadded(x, count, border, padded, backend, (address, first, some) => {
    for (let n = 0; n < some; n += images) {
      const now = Math.min(images, some - n);
      const from = address + n * imageBytes;
      companion.winogradInput(tiles, from, now, rows, columns, channels, rowBytes, imageBytes);
      const source = dy + (first + n) * outImage;
      companion.winogradGradient(gradients, source, now, rows, columns, filters, outHeight, outWidth);
      companion.setInner(1, 1, now * rows * columns, 0, 0, tileStep(channels));
      for (let i = 0; i < 16; i++) {
        const [a, b, c] = [tiles + i * channels * 4, gradients + i * filters * 4, sums + i * plane];
        const step = tileStep(filters);
        companion.contract(a, b, 32, step, step, c, filters, table, first + n > 0, 0, false);
      }
    }
  });
  companion.winogradFilterGradient(dw, sums, plane, table + tableBytes);
}
