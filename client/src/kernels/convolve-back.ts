import type { backend_util } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { convolveBackByWindows } from "./convolve-back-by-windows.ts";
import { isPointwise } from "./convolution.ts";
import { multiply } from "./multiply.ts";
import { groupWorkBytes, paddedHeight, paddedWidth, visitPadded, type Border } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { convolveTilesBack } from "./tiles-backward.ts";
import { asTiles, prefersTiles } from "./tiles.ts";
import { asSquare, convolveSquare, prefersWinograd, turnSquare } from "./winograd.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/**
 * Places of the input, along one axis, that are `stride` apart: all of them are reached by the same taps of the filter,
 * firstTap, firstTap + tapStep, …, so that they are a convolution of their own, without a stride.
 */
interface Phase {
  offset: number;
  places: number;
  firstTap: number;
  taps: number;
  tapStep: number;
  /** Index in dy that the last of those taps leads to from the first place; negative ones are border. */
  start: number;
  /** From one tap to the one before it, in places of dy. */
  step: number;
}

/** One axis of a convolution. */
interface Axis {
  length: number;
  outLength: number;
  window: number;
  stride: number;
  dilation: number;
  before: number;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** The phases of one axis: place y meets tap p where y + before − p·dilation is a multiple of the stride. */
function splitPhases({ length, window, stride, dilation, before }: Axis): Phase[] {
  const common = greatestDivisor(stride, dilation);
  const tapStep = stride / common;
  const step = dilation / common;
  return Array.from({ length: Math.min(stride, length) }, (_, offset) => {
    const places = Math.ceil((length - offset) / stride);
    let firstTap = 0;
    while (firstTap < tapStep && (offset + before - firstTap * dilation) % stride !== 0) firstTap++;
    const taps = firstTap < tapStep ? Math.max(0, Math.ceil((window - firstTap) / tapStep)) : 0;
    const start = (offset + before - (firstTap + (taps - 1) * tapStep) * dilation) / stride;
    return { offset, places, firstTap, taps, tapStep, start: taps > 0 ? start : 0, step };
  });
}

/** Zeros that dy needs before and after along an axis, for all phases. */
function bordersOf(phases: Phase[], { outLength }: Axis): [number, number] {
  const used = phases.filter(({ taps }) => taps > 0);
  const before = Math.max(0, ...used.map(({ start }) => -start));
  const ends = used.map(({ start, places, taps, step }) => start + places + (taps - 1) * step - outLength);
  return [before, Math.max(0, ...ends)];
}

/** What it costs to write a number of a window and to add it up, in multiplications. Measured (0.25 ns against 0.036). */
const additionCost = 10;

/** Columns of a product in units of what one of a full panel costs: a narrow last panel takes 5/8 of the time of a wide one. */
const costOfColumns = (columns: number): number =>
  8 * Math.ceil(columns / 8) - (columns % 8 > 0 && columns % 8 <= 4 ? 3 : 0);

/**
 * Whether sums of windows are cheaper than convolutions, which multiply the zeros around dy too. Measured: 0.49 ms against
 * 1.01 for LeNet's second layer (valid padding: 8 × 8 places give 12 × 12), but 0.95 against 0.68 for a residual block.
 */
function prefersWindows(vertical: Phase[], horizontal: Phase[], info: backend_util.Conv2DInfo): boolean {
  const visits = (phases: Phase[]): number =>
    phases.reduce((sum, { places, taps }) => sum + places * taps, 0);
  const direct = visits(vertical) * visits(horizontal) * info.outChannels * costOfColumns(info.inChannels);
  const numbers = info.outHeight * info.outWidth * info.filterHeight * info.filterWidth * info.inChannels;
  return (
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    numbers * (info.outChannels + additionCost) < direct
  );
}

/** Addresses of what the gradient with respect to a convolution's input reads and writes. */
interface Operands {
  dy: number;
  filter: number;
  dx: number;
  /** Adds to dx. */
  accumulate?: boolean;
}

/**
 * dx = the convolution of dy with the filter turned round. A stride is split into phases, so that no multiplication with a
 * zero between dy's places is made: four convolutions with a quarter of the filter for a stride of 2.
 */
export function convolveBack(
  { dy, filter, dx, accumulate = false }: Operands,
  info: backend_util.Conv2DInfo,
  backend: WasmBackend,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterWidth } = info;
  if (isPointwise(info)) {
    const rows = batchSize * outHeight * outWidth;
    const sides = { rows, inner: outChannels, columns: inChannels, transposeA: false, transposeB: true };
    multiply({ a: dy, b: filter, c: dx, ...sides, accumulate }, backend);
    return;
  }
  const tiling = asTiles(info);
  if (tiling !== undefined && prefersTiles(tiling, "product") && !accumulate) {
    const unused = { x: undefined, dw: undefined };
    convolveTilesBack({ ...unused, filter, dy, dx: { dx, more: 0 } }, tiling, backend);
    return;
  }
  const square = asSquare(info);
  if (square !== undefined && prefersWinograd(turnSquare(square), "product") && !accumulate) {
    convolveSquare({ x: dy, filter, y: dx, bias: 0, relu: false }, turnSquare(square), true, backend);
    return;
  }
  const down: Axis = {
    length: inHeight,
    outLength: outHeight,
    window: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    before: info.padInfo.top,
  };
  const across: Axis = {
    length: inWidth,
    outLength: outWidth,
    window: filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    before: info.padInfo.left,
  };
  const vertical = splitPhases(down);
  const horizontal = splitPhases(across);
  if (prefersWindows(vertical, horizontal, info)) {
    convolveBackByWindows({ dy, filter, dx, accumulate }, info, backend);
    return;
  }
  const [top, bottom] = bordersOf(vertical, down);
  const [left, right] = bordersOf(horizontal, across);
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
          const tapRow = v.firstTap + (v.taps - 1 - p) * v.tapStep;
          const tap = tapRow * filterWidth + h.firstTap + (h.taps - 1 - q) * h.tapStep;
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
      if (accumulate && v.taps * h.taps === 0) continue;
      const [rowStep, pixelStep] = [info.strideHeight * inRow, info.strideWidth * inPixel];
      companion.setRows(count, v.places, h.places, image, row, pixel, inImage, rowStep, pixelStep);
      companion.setInner(v.taps, h.taps, outChannels, v.step * row, h.step * pixel, 4);
      companion.contract(
        images + (v.start + top) * row + (h.start + left) * pixel,
        panels,
        panelBytes,
        32,
        16,
        dx + first * inImage + v.offset * inRow + h.offset * inPixel,
        inChannels,
        table,
        accumulate,
        0,
        false,
      );
    }
  });
}
