import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { isPointwise } from "./convolution.ts";
import { multiply } from "./multiply.ts";
import { groupWorkBytes, paddedHeight, paddedWidth, visitPadded, type Border } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/**
 * Places of the input, along one axis, that are `stride` apart: all of them are reached by the same taps of the filter,
 * firstTap, firstTap + stride, …, so that they are a convolution of their own, without a stride.
 */
interface Phase {
  offset: number;
  places: number;
  firstTap: number;
  taps: number;
  /** Index in dy that the last of those taps leads to from the first place; negative ones are border. */
  start: number;
}

/** The phases of one axis of a convolution. */
function splitPhases(length: number, window: number, stride: number, before: number): Phase[] {
  return Array.from({ length: Math.min(stride, length) }, (_, offset) => {
    const firstTap = (offset + before) % stride;
    const taps = Math.max(0, Math.ceil((window - firstTap) / stride));
    const start = (offset + before - firstTap) / stride - (taps - 1);
    return { offset, places: Math.ceil((length - offset) / stride), firstTap, taps, start };
  });
}

/** Zeros that dy needs before and after along an axis, for all phases. */
function bordersOf(phases: Phase[], outLength: number): [number, number] {
  const used = phases.filter(({ taps }) => taps > 0);
  const before = Math.max(0, ...used.map(({ start }) => -start));
  const after = Math.max(0, ...used.map(({ start, places, taps }) => start + places + taps - 1 - outLength));
  return [before, after];
}

/** Addresses of what the gradient with respect to a convolution's input reads and writes. */
interface Operands {
  dy: number;
  filter: number;
  dx: number;
}

/**
 * dx = the convolution of dy with the filter turned round. A stride is split into phases, so that no multiplication with a
 * zero between dy's places is made: four convolutions with a quarter of the filter for a stride of 2.
 */
export function convolveBack(
  { dy, filter, dx }: Operands,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterWidth } = info;
  if (isPointwise(info)) {
    const rows = batchSize * outHeight * outWidth;
    const sides = { rows, inner: outChannels, columns: inChannels, transposeA: false, transposeB: true };
    multiply({ a: dy, b: filter, c: dx, ...sides }, backend);
    return;
  }
  const vertical = splitPhases(inHeight, info.filterHeight, info.strideHeight, info.padInfo.top);
  const horizontal = splitPhases(inWidth, filterWidth, info.strideWidth, info.padInfo.left);
  const [top, bottom] = bordersOf(vertical, outHeight);
  const [left, right] = bordersOf(horizontal, outWidth);
  const border: Border = {
    height: outHeight,
    width: outWidth,
    channels: outChannels,
    top,
    bottom,
    left,
    right,
  };
  const filterBytes = vertical.map((v) =>
    horizontal.map((h) => packedBytes(v.taps * h.taps * outChannels, inChannels)),
  );
  const bytes = filterBytes.flat().reduce((sum, size) => sum + size, 0);
  const companion = companionOf(backend);
  const table = scratchOf(backend, tableBytes + bytes + groupWorkBytes(border, batchSize));
  const tapBytes = inChannels * outChannels * 4;

  let end = table + tableBytes;
  const phases = vertical.flatMap((v, i) =>
    horizontal.map((h, j) => {
      const panels = end;
      end += filterBytes[i]![j]!;
      const depth = v.taps * h.taps * outChannels;
      for (let p = 0; p < v.taps; p++)
        for (let q = 0; q < h.taps; q++) {
          // The last tap meets dy's first place.
          const tapRow = v.firstTap + (v.taps - 1 - p) * info.strideHeight;
          const tap = tapRow * filterWidth + h.firstTap + (h.taps - 1 - q) * info.strideWidth;
          const from = filter + tap * tapBytes;
          const first = (p * h.taps + q) * outChannels;
          companion.packColumns(
            panels,
            from,
            outChannels,
            inChannels,
            outChannels * 4,
            panelBytesFor(depth),
            first,
          );
        }
      return { v, h, panels, panelBytes: panelBytesFor(depth) };
    }),
  );

  const pixel = outChannels * 4;
  const row = paddedWidth(border) * pixel;
  const image = paddedHeight(border) * row;
  const inPixel = inChannels * 4;
  const inRow = inWidth * inPixel;
  const inImage = inHeight * inRow;
  visitPadded(dy, batchSize, border, end, backend, (images, first, count) => {
    for (const { v, h, panels, panelBytes } of phases) {
      const [rowStep, pixelStep] = [info.strideHeight * inRow, info.strideWidth * inPixel];
      companion.setRows(count, v.places, h.places, image, row, pixel, inImage, rowStep, pixelStep);
      companion.setInner(1, v.taps, h.taps * outChannels, 0, row, 4);
      companion.contract(
        images + (v.start + top) * row + (h.start + left) * pixel,
        panels,
        panelBytes,
        32,
        16,
        dx + first * inImage + v.offset * inRow + h.offset * inPixel,
        inChannels,
        table,
        false,
        0,
        false,
      );
    }
  });
}
