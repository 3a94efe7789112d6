import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { isPointwise } from "./convolution.ts";
import { multiply } from "./multiply.ts";
import { borderOfInput, groupWorkBytes, paddedHeight, paddedWidth, visitPadded } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { convolveTiles } from "./tiles-forward.ts";
import { asTiles, prefersTiles } from "./tiles.ts";
import { asSquare, convolveSquare, prefersWinograd } from "./winograd.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** Addresses of what a convolution reads and writes. */
interface Operands {
  x: number;
  filter: number;
  y: number;
  bias?: number;
  relu?: boolean;
  /** Adds to y; then there is no bias and no relu. */
  accumulate?: boolean;
}

/** y = x * filter: rows of the product are output pixels, k runs over the window, which is read in the image itself. */
export function convolve(
  { x, filter, y, bias = 0, relu = false, accumulate = false }: Operands,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels, outChannels } = info;
  if (isPointwise(info)) {
    const rows = batchSize * outHeight * outWidth;
    const sides = { rows, inner: inChannels, columns: outChannels, transposeA: false, transposeB: false };
    multiply({ a: x, b: filter, c: y, ...sides, bias, relu, accumulate }, backend);
    return;
  }
  const tiling = asTiles(info);
  if (tiling !== undefined && prefersTiles(tiling, "product") && !accumulate) {
    convolveTiles({ x, filter, y, bias, relu }, tiling, backend);
    return;
  }
  const square = asSquare(info);
  if (square !== undefined && prefersWinograd(square, "product") && !accumulate) {
    convolveSquare({ x, filter, y, bias, relu }, square, false, backend);
    return;
  }
  const companion = companionOf(backend);
  const border = borderOfInput(info);
  const depth = filterHeight * filterWidth * inChannels;
  const bytes = packedBytes(depth, outChannels);
  const table = scratchOf(backend, tableBytes + bytes + groupWorkBytes(border, batchSize));
  const panels = table + tableBytes;
  const panelBytes = panelBytesFor(depth);
  companion.packRows(panels, filter, depth, outChannels, outChannels * 4, panelBytes, 0);
  const pixel = inChannels * 4;
  const row = paddedWidth(border) * pixel;
  const image = paddedHeight(border) * row;
  companion.setInner(
    filterHeight,
    filterWidth,
    inChannels,
    info.dilationHeight * row,
    info.dilationWidth * pixel,
    4,
  );
  const outPixel = outChannels * 4;
  const outRow = outWidth * outPixel;
  const outImage = outHeight * outRow;
  visitPadded(x, batchSize, border, panels + bytes, backend, (images, first, count) => {
    const [rowStep, pixelStep] = [info.strideHeight * row, info.strideWidth * pixel];
    companion.setRows(count, outHeight, outWidth, image, rowStep, pixelStep, outImage, outRow, outPixel);
    companion.contract(
      images,
      panels,
      panelBytes,
      32,
      16,
      y + first * outImage,
      outChannels,
      table,
      accumulate,
      bias,
      relu,
    );
  });
}
