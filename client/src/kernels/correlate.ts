import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { isPointwise } from "./convolution.ts";
import { multiply } from "./multiply.ts";
import { borderOfInput, groupWorkBytes, paddedHeight, paddedWidth, visitPadded } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { convolveTilesBack } from "./tiles-backward.ts";
import { asTiles, prefersTiles } from "./tiles.ts";
import { asSquare, correlateSquare, prefersWinograd } from "./winograd.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** Addresses of what the gradient with respect to a convolution's filter reads and writes. */
interface Operands {
  x: number;
  dy: number;
  dw: number;
  /** Adds to dw. */
  accumulate?: boolean;
}

/** Output pixels that are summed over at once: the part of x and dy that they touch stays in the first-level cache. */
const pixelBlock = 256;

/**
 * dw = Σ over images and output pixels of the window's numbers times dy: the product that has the window for rows and the
 * pixels for k. Images that are small are taken several at a time, large ones in bands. There must be an output pixel.
 */
export function correlate(
  { x, dy, dw, accumulate = false }: Operands,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels, outChannels } = info;
  const pixels = outHeight * outWidth;
  if (isPointwise(info)) {
    const sides = { rows: inChannels, inner: batchSize * pixels, columns: outChannels };
    multiply({ a: x, b: dy, c: dw, ...sides, transposeA: true, transposeB: false, accumulate }, backend);
    return;
  }
  const tiling = asTiles(info);
  if (tiling !== undefined && prefersTiles(tiling, "filterGradient") && !accumulate) {
    convolveTilesBack({ x, filter: undefined, dy, dx: undefined, dw }, tiling, backend);
    return;
  }
  const square = asSquare(info);
  if (square !== undefined && prefersWinograd(square, "filterGradient") && !accumulate) {
    correlateSquare({ x, dy, dw }, square, backend);
    return;
  }
  const companion = companionOf(backend);
  const border = borderOfInput(info);
  const bandHeight = Math.min(outHeight, Math.max(1, Math.floor(pixelBlock / outWidth)));
  const imagesAtOnce = bandHeight < outHeight ? 1 : Math.max(1, Math.floor(pixelBlock / pixels));
  // dy is used where it lies if its rows fill whole vectors.
  const inPlace = outChannels % 4 === 0;
  const bytes = inPlace ? 0 : packedBytes(imagesAtOnce * bandHeight * outWidth, outChannels);
  const table = scratchOf(backend, tableBytes + bytes + groupWorkBytes(border, batchSize));
  const panels = table + tableBytes;
  const pixel = inChannels * 4;
  const row = paddedWidth(border) * pixel;
  const image = paddedHeight(border) * row;
  const tap = inChannels * outChannels * 4;
  const dyPixel = outChannels * 4;
  companion.setRows(
    filterHeight,
    filterWidth,
    inChannels,
    info.dilationHeight * row,
    info.dilationWidth * pixel,
    4,
    filterWidth * tap,
    tap,
    dyPixel,
  );
  let started = accumulate;
  visitPadded(x, batchSize, border, panels + bytes, backend, (images, first, count) => {
    for (let n = 0; n < count; n += imagesAtOnce) {
      const some = Math.min(imagesAtOnce, count - n);
      for (let top = 0; top < outHeight; top += bandHeight) {
        const height = Math.min(bandHeight, outHeight - top);
        const from = dy + ((first + n) * outHeight + top) * outWidth * dyPixel;
        const depth = some * height * outWidth;
        if (!inPlace) companion.packRows(panels, from, depth, outChannels, dyPixel, panelBytesFor(depth), 0);
        companion.setInner(some, height, outWidth, image, info.strideHeight * row, info.strideWidth * pixel);
        companion.contract(
          images + n * image + top * info.strideHeight * row,
          inPlace ? from : panels,
          inPlace ? 32 : panelBytesFor(depth),
          inPlace ? dyPixel : 32,
          inPlace ? dyPixel : 16,
          dw,
          outChannels,
          table,
          started,
          0,
          false,
        );
        started = true;
      }
    }
  });
}
