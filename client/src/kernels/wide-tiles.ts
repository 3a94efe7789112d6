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

/** A convolution without stride with a window of 3 × 3 or 5 × 5, cut into tiles of 6 × 6 inputs (six-tiles.ts in client/kernels-wasm). */
export interface WideTiles {
  info: backend_util.Conv2DInfo;
  window: 3 | 5;
  /** Outputs along a tile's edge. */
  edge: 4 | 2;
  rows: number;
  columns: number;
  /** Images whose tiles are transformed at once. */
  images: number;
  /** The input with the zeros around that the tiles reach. */
  border: Border;
}

/** Bytes from one plane of a transformed filter to the next: 64 more, as between tiles. */
const planeStep = (plane: number): number => plane + 64;

/** Products a tile: one for each of 6 × 6 points. */
const points = 36;

/** Bytes of transformed tiles at a time: they stay in the second-level cache. */
const tilesBytes = 640 * 1024;

/** Room for 36 vectors, after the table of row addresses. */
const vectorsBytes = 576;
const headBytes = tableBytes + vectorsBytes;

/** Bytes from one transformed tile to the next: 64 more than its numbers, as six-tiles.ts has it. */
const tileStep = (channels: number): number => points * 4 * channels + 64;

/** The tiles of a convolution, if it can be computed by them. */
export function asWideTiles(info: backend_util.Conv2DInfo): WideTiles | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  if (filterHeight !== filterWidth || (filterHeight !== 3 && filterHeight !== 5)) return undefined;
  if (strideHeight * strideWidth * dilationHeight * dilationWidth !== 1) return undefined;
  if (inChannels % 4 !== 0 || outChannels < 4) return undefined;
  const edge = filterHeight === 3 ? 4 : 2;
  const [rows, columns] = [Math.ceil(outHeight / edge), Math.ceil(outWidth / edge)];
  const { top, left } = info.padInfo;
  const reach = filterHeight - 1;
  const border = {
    height: inHeight,
    width: inWidth,
    channels: inChannels,
    top,
    bottom: Math.max(0, edge * rows + reach - inHeight - top),
    left,
    right: Math.max(0, edge * columns + reach - inWidth - left),
  };
  const imageBytes = rows * columns * (tileStep(inChannels) + tileStep(outChannels));
  const images = Math.min(batchSize, Math.max(1, Math.floor(tilesBytes / imageBytes)));
  return { info, window: filterHeight, edge, rows, columns, images, border };
}

/** Least channels × filters / (channels + filters): products grow with the former, transforms with the latter. */
const leastDepth = { product: 4, filterGradient: 2 };

/**
 * Whether 36 multiplications a tile are fewer enough than what else there is, 16 for 2 × 2 outputs of a 3 × 3 window
 * (winograd.ts) or 25 an output, and whether they pay for the transforms. Measured for 16 images, ms otherwise and so:
 * products 1.00 and 0.75 for 32 × 32 × 16 → 16 by 3 × 3, 0.38 and 0.30 with 8 → 8, but 0.17 and 0.20 with 4 → 4; with
 * 64 → 64 0.68 and 0.45 for 7 × 7 but 0.41 and 0.45 for 6 × 6. Gradients of the filter: 0.80 and 0.62, 0.23 and 0.20, 0.12 and 0.10.
 */
export function prefersWideTiles(
  { info, window, rows, columns }: WideTiles,
  kind: keyof typeof leastDepth,
): boolean {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const products = points * rows * columns;
  const few =
    window === 3
      ? products <= 0.75 * 16 * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2)
      : products <= 0.5 * 25 * outHeight * outWidth;
  const depth = (inChannels * outChannels) / (inChannels + outChannels);
  return few && depth >= leastDepth[kind] && rows * columns * batchSize >= 8;
}

/** y = x * filter, with a bias (0 for none) added and cut off at zero if wanted. */
export function convolveWide(
  { x, filter, y, bias, relu }: { x: number; filter: number; y: number; bias: number; relu: boolean },
  { info, window, edge, rows, columns, images: most, border }: WideTiles,
  backend: WasmBackend,
): void {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const images = Math.min(most, groupSize(border, batchSize));
  const plane = inChannels * outChannels * 4;
  const panelBytes = panelBytesFor(inChannels);
  const packed = packedBytes(inChannels, outChannels);
  const [inStep, outStep] = [tileStep(inChannels), tileStep(outChannels)];
  const inBytes = images * rows * columns * inStep;
  const tileBytes = Math.max(points * planeStep(plane), inBytes + images * rows * columns * outStep);
  const companion = companionOf(backend);
  const table = scratchOf(
    backend,
    headBytes + points * packed + tileBytes + groupWorkBytes(border, batchSize),
  );
  const work = table + tableBytes;
  const panels = table + headBytes;
  const tiles = panels + points * packed;
  // The transformed filter lies where the tiles will, until it is packed.
  companion.sixFilter(window, tiles, planeStep(plane), filter, plane, work);
  for (let i = 0; i < points; i++) {
    const from = tiles + i * planeStep(plane);
    companion.packRows(panels + i * packed, from, inChannels, outChannels, outChannels * 4, panelBytes);
  }
  const products = tiles + inBytes;
  const padded = tiles + tileBytes;
  const rowBytes = paddedWidth(border) * inChannels * 4;
  const imageBytes = paddedHeight(border) * rowBytes;
  const [aStep, cStep] = [inChannels * 4, outChannels * 4];
  companion.setInner(1, 1, inChannels, 0, 0, 4);
  visitPadded(x, batchSize, border, padded, backend, (address, first, some) => {
    for (let n = 0; n < some; n += images) {
      const now = Math.min(images, some - n);
      const from = address + n * imageBytes;
      companion.sixInput(edge, tiles, from, now, rows, columns, inChannels, rowBytes, imageBytes, work);
      companion.setRows(1, 1, now * rows * columns, 0, 0, inStep, 0, 0, outStep);
      const a = [points, aStep, packed, cStep, tiles, panels, panelBytes] as const;
      companion.contractPlanes(...a, 32, 16, products, outChannels, table, false, 0, false);
      const to = y + (first + n) * outHeight * outWidth * outChannels * 4;
      const sizes = [now, rows, columns, outChannels, outHeight, outWidth] as const;
      companion.sixOutput(edge, to, products, ...sizes, bias, relu, work);
    }
  });
}

/** dx: the transpose of {@link convolveWide} without a bias. Tiles of dx overlap and are added up. */
export function convolveBackWide(
  { dy, filter, dx }: { dy: number; filter: number; dx: number },
  { info, window, edge, rows, columns, images }: WideTiles,
  backend: WasmBackend,
): void {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const plane = inChannels * outChannels * 4;
  const panelBytes = panelBytesFor(outChannels);
  const packed = packedBytes(outChannels, inChannels);
  const [inStep, outStep] = [tileStep(inChannels), tileStep(outChannels)];
  const inBytes = images * rows * columns * inStep;
  const tileBytes = Math.max(points * planeStep(plane), inBytes + images * rows * columns * outStep);
  const companion = companionOf(backend);
  const table = scratchOf(backend, headBytes + points * packed + tileBytes);
  const work = table + tableBytes;
  const panels = table + headBytes;
  const products = panels + points * packed;
  companion.sixFilter(window, products, planeStep(plane), filter, plane, work);
  for (let i = 0; i < points; i++) {
    const from = products + i * planeStep(plane);
    companion.packColumns(panels + i * packed, from, outChannels, inChannels, outChannels * 4, panelBytes, 0);
  }
  const gradients = products + inBytes;
  const [aStep, cStep] = [outChannels * 4, inChannels * 4];
  const inImage = inHeight * inWidth * inChannels * 4;
  companion.fillZero(dx, batchSize * inImage);
  companion.setInner(1, 1, outChannels, 0, 0, 4);
  for (let first = 0; first < batchSize; first += images) {
    const now = Math.min(images, batchSize - first);
    const from = dy + first * outHeight * outWidth * outChannels * 4;
    companion.sixGradient(edge, gradients, from, now, rows, columns, outChannels, outHeight, outWidth, work);
    companion.setRows(1, 1, now * rows * columns, 0, 0, outStep, 0, 0, inStep);
    const a = [points, aStep, packed, cStep, gradients, panels, panelBytes] as const;
    companion.contractPlanes(...a, 32, 16, products, inChannels, table, false, 0, false);
    const { top, left } = info.padInfo;
    const sizes = [now, rows, columns, inChannels, inHeight, inWidth] as const;
    companion.addSix(edge, dx + first * inImage, products, ...sizes, top, left, work);
  }
}

/**
 * Images whose tiles are summed over at once, of those that fit. Each number is read for many filters or channels, so that half
 * as many bytes are better (1.14 ms against 1.22 for 32 images of 32 × 32 × 16), unless sums would be of fewer than 32 numbers.
 */
const summedAtOnce = (fitting: number, tiles: number): number =>
  Math.min(fitting, Math.max(1, fitting >> 1, Math.ceil(32 / tiles)));

/** dw: the transpose of {@link convolveWide} with respect to the filter. */
export function correlateWide(
  { x, dy, dw }: { x: number; dy: number; dw: number },
  { info, window, edge, rows, columns, images: most, border }: WideTiles,
  backend: WasmBackend,
): void {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const images = Math.min(groupSize(border, batchSize), summedAtOnce(most, rows * columns));
  const plane = inChannels * outChannels * 4;
  const [inStep, outStep] = [tileStep(inChannels), tileStep(outChannels)];
  const inBytes = images * rows * columns * inStep;
  const outBytes = images * rows * columns * outStep;
  const companion = companionOf(backend);
  const table = scratchOf(
    backend,
    headBytes + points * planeStep(plane) + inBytes + outBytes + groupWorkBytes(border, batchSize),
  );
  const work = table + tableBytes;
  const sums = table + headBytes;
  const tiles = sums + points * planeStep(plane);
  const gradients = tiles + inBytes;
  const padded = gradients + outBytes;
  const rowBytes = paddedWidth(border) * inChannels * 4;
  const imageBytes = paddedHeight(border) * rowBytes;
  companion.setRows(1, 1, inChannels, 0, 0, 4, 0, 0, outChannels * 4);
  visitPadded(x, batchSize, border, padded, backend, (address, first, some) => {
    for (let n = 0; n < some; n += images) {
      const now = Math.min(images, some - n);
      const from = address + n * imageBytes;
      companion.sixInput(edge, tiles, from, now, rows, columns, inChannels, rowBytes, imageBytes, work);
      const source = dy + (first + n) * outHeight * outWidth * outChannels * 4;
      const sizes = [now, rows, columns, outChannels, outHeight, outWidth] as const;
      companion.sixGradient(edge, gradients, source, ...sizes, work);
      companion.setInner(1, 1, now * rows * columns, 0, 0, inStep);
      const a = [points, inChannels * 4, outChannels * 4, planeStep(plane), tiles, gradients, 32] as const;
      companion.contractPlanes(...a, outStep, outStep, sums, outChannels, table, first + n > 0, 0, false);
    }
  });
  companion.sixFilterGradient(window, dw, sums, planeStep(plane), plane, work);
}
