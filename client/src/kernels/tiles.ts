import type { backend_util } from "@tensorflow/tfjs-core";
import type { CompanionFunctions } from "./companion/module.ts";
import { paddedHeight, paddedWidth, type Border } from "./padded-images.ts";
import { tableBytes } from "./panels.ts";
import { filterPlanes, tileForm, vectorsBytes, type TileForm } from "./tile-forms.ts";

/** A convolution that is cut into tiles. */
export interface Tiling {
  info: backend_util.Conv2DInfo;
  form: TileForm;
  /** Tiles of an image. */
  rows: number;
  columns: number;
  /** The input with the zeros around that the tiles reach. */
  inBorder: Border;
  /** The output, filled up to whole tiles. */
  outBorder: Border;
}

/** The tiles of a convolution, if it can be computed by them. */
export function asTiles(info: backend_util.Conv2DInfo): Tiling | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  if (filterHeight !== filterWidth || strideHeight !== strideWidth) return undefined;
  const form = tileForm(filterHeight, strideHeight);
  if (form === undefined || dilationHeight * dilationWidth !== 1) return undefined;
  if (inChannels % 4 !== 0 || outChannels < 4) return undefined;
  const { edge, stride, reach } = form;
  const [rows, columns] = [Math.ceil(outHeight / edge), Math.ceil(outWidth / edge)];
  const { top, left } = info.padInfo;
  const inputs = (tiles: number): number => edge * stride * (tiles - 1) + reach;
  return {
    info,
    form,
    rows,
    columns,
    inBorder: {
      height: inHeight,
      width: inWidth,
      channels: inChannels,
      top,
      bottom: Math.max(0, inputs(rows) - inHeight - top),
      left,
      right: Math.max(0, inputs(columns) - inWidth - left),
    },
    outBorder: {
      height: outHeight,
      width: outWidth,
      channels: outChannels,
      top: 0,
      bottom: edge * rows - outHeight,
      left: 0,
      right: edge * columns - outWidth,
    },
  };
}

/** Least channels × filters / (channels + filters): products grow with the former, transforms with the latter. */
const leastDepth = { product: 4, filterGradient: 2 };

/**
 * Whether a tile's multiplications are fewer enough than what else there is, 16 for 2 × 2 outputs of a 3 × 3 window
 * (winograd.ts) or one for each number of the window and output, and whether they pay for the transforms. Measured for 16
 * images, ms otherwise and by tiles of six: products 1.00 and 0.75 for 32 × 32 × 16 → 16 by 3 × 3, 0.38 and 0.30 with
 * 8 → 8, but 0.17 and 0.20 with 4 → 4; with 64 → 64 0.68 and 0.45 for 7 × 7 but 0.41 and 0.45 for 6 × 6. Gradients of the
 * filter: 0.80 and 0.62, 0.23 and 0.20, 0.12 and 0.10.
 */
export function prefersTiles({ info, form, rows, columns }: Tiling, kind: keyof typeof leastDepth): boolean {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const multiplications = form.points * rows * columns;
  const few =
    form.window === 3 && form.stride === 1
      ? multiplications <= 0.75 * 16 * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2)
      : multiplications <= (form.stride === 1 ? 0.5 : 0.75) * form.window ** 2 * outHeight * outWidth;
  const depth = (inChannels * outChannels) / (inChannels + outChannels);
  return few && depth >= leastDepth[kind] && rows * columns * batchSize >= 8;
}

/** Bytes of transformed tiles at a time: they stay in the second-level cache. */
const tilesBytes = 640 * 1024;

/** Bytes from one plane of a transformed filter to the next: with powers of two, all would compete for the same lines of the cache. */
export const planeStepOf = ({ inChannels, outChannels }: backend_util.Conv2DInfo): number =>
  inChannels * outChannels * 4 + 64;

export const borderedBytes = (border: Border): number =>
  paddedHeight(border) * paddedWidth(border) * border.channels * 4;

/** Work space for some images at a time: offsets from its start. */
export interface Workplace {
  /** Images at a time. */
  images: number;
  bytes: number;
  panels: number;
  sums: number;
  /** Room for a transformed filter, until tiles are made. */
  filter: number;
  inTiles: number;
  outTiles: number;
  /** Room for padded images, of input or output. */
  stage: number;
}

/** Bytes of the tiles of one image, of so many tensors of inputs and of outputs. */
export const imageBytes = (
  { info, form, rows, columns }: Pick<Tiling, "info" | "form" | "rows" | "columns">,
  inSets: number,
  outSets: number = inSets,
): number => rows * columns * form.points * (inSets * info.inChannels + outSets * info.outChannels) * 4;

/**
 * Lays out work space for `sets` tensors at a time of inputs and outputs (1, or 2 with tangents).
 *
 * @param packed bytes of a plane's panels
 * @param summing whether a filter's gradient is summed
 */
export function layOut(
  { info, form, rows, columns, inBorder, outBorder }: Tiling,
  { inSets, outSets, packed, summing }: { inSets: number; outSets: number; packed: number; summing: boolean },
): Workplace {
  const images = Math.min(
    info.batchSize,
    Math.max(1, Math.floor(tilesBytes / imageBytes({ info, form, rows, columns }, inSets, outSets))),
  );
  const filterBytes = filterPlanes * planeStepOf(info);
  const panels = tableBytes + vectorsBytes;
  const sums = panels + filterPlanes * packed;
  const inTiles = sums + (summing ? filterBytes : 0);
  const tileBytes = (channels: number, sets: number): number =>
    form.points * spacingOf(images * rows * columns, channels, sets);
  const outTiles = inTiles + tileBytes(info.inChannels, inSets);
  const stage = Math.max(outTiles + tileBytes(info.outChannels, outSets), inTiles + filterBytes);
  const bytes = stage + images * Math.max(borderedBytes(inBorder), borderedBytes(outBorder));
  return { images, bytes, panels, sums, filter: inTiles, inTiles, outTiles, stage };
}

/**
 * Transformed tiles of one or two tensors, [places, tiles, sets, channels]: where the products read them, neighbours follow
 * each other (tile by tile, sums over tiles took 15 % longer).
 */
export interface Tiles {
  address: number;
  channels: number;
  sets: number;
  /** Bytes from one place to the next. */
  spacing: number;
}

/** 64 bytes more than its numbers, for the same reason as {@link planeStepOf}. */
const spacingOf = (count: number, channels: number, sets: number): number => count * sets * channels * 4 + 64;

/** How the tiles of `sets` tensors lie. */
export const tilesAt = (address: number, count: number, channels: number, sets: number): Tiles => ({
  address,
  channels,
  sets,
  spacing: spacingOf(count, channels, sets),
});

/** What a form's transforms need to know of one tensor's tiles. */
export const tilesOf = ({ address, channels, sets, spacing }: Tiles, set: number) => ({
  tiles: address + set * channels * 4,
  step: sets * channels * 4,
  spacing,
  channels,
});

/** The tiles of some of the tensors. */
export interface Some {
  of: Tiles;
  first: number;
  sets: number;
}

/** A transformed filter in panels, planes `packed` bytes apart. */
export interface Matrix {
  panels: number;
  panelBytes: number;
  packed: number;
}

/** The products of tiles: those of one tensor become those of one or two, one after the other, times the matrix of each place. */
export function multiplyTiles(
  companion: CompanionFunctions,
  form: TileForm,
  count: number,
  from: Some,
  { panels, panelBytes, packed }: Matrix,
  to: { of: Tiles; set: number },
  table: number,
): void {
  const [a, c] = [from.of, to.of];
  const source = a.address + from.first * a.channels * 4;
  const target = c.address + to.set * c.channels * 4;
  const [aStep, cStep] = [a.sets * a.channels * 4, c.sets * c.channels * 4];
  companion.setInner(1, 1, from.sets * a.channels, 0, 0, 4);
  for (const { planes, filter, first, next, places, step } of form.products) {
    companion.setRows(1, places, count, 0, step * a.spacing, aStep, 0, step * c.spacing, cStep);
    companion.contractPlanes(
      planes,
      next * a.spacing,
      packed,
      next * c.spacing,
      source + first * a.spacing,
      panels + filter * packed,
      panelBytes,
      32,
      16,
      target + first * c.spacing,
      c.channels,
      table,
      false,
      0,
      false,
    );
  }
}

/**
 * The sums over tiles of each place's input times its gradient, planes `planeStep` bytes apart; `adding` to what is there. Tensors
 * go in pairs, one by one; more gradients than inputs are left out.
 */
export function sumTiles(
  companion: CompanionFunctions,
  form: TileForm,
  count: number,
  inputs: Tiles,
  gradients: Tiles,
  { sums, planeStep }: { sums: number; planeStep: number },
  table: number,
  adding: boolean,
): void {
  const paired = inputs.sets === gradients.sets;
  const aStep = (paired ? 1 : inputs.sets) * inputs.channels * 4;
  const bStep = (paired ? 1 : gradients.sets) * gradients.channels * 4;
  companion.setRows(1, 1, inputs.channels, 0, 0, 4, 0, 0, gradients.channels * 4);
  companion.setInner(1, 1, paired ? count * inputs.sets : count, 0, 0, aStep);
  for (const { planes, filter, first, next, places, step } of form.products)
    for (let place = 0; place < places; place++) {
      const at = first + place * step;
      companion.contractPlanes(
        planes,
        next * inputs.spacing,
        next * gradients.spacing,
        planeStep,
        inputs.address + at * inputs.spacing,
        gradients.address + at * gradients.spacing,
        32,
        bStep,
        bStep,
        sums + filter * planeStep,
        gradients.channels,
        table,
        adding || place > 0,
        0,
        false,
      );
    }
}
