import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { paddedHeight, paddedWidth } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { cropFrom, padTo } from "./stage.ts";
import { filterPlanes } from "./tile-forms.ts";
import {
  borderedBytes,
  layOut,
  multiplyTiles,
  planeStepOf,
  sumTiles,
  tilesAt,
  tilesOf,
  type Tiling,
} from "./tiles.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** A gradient with respect to the input: where it goes, and the address of one to add (0: none). */
export interface InputGradient {
  dx: number;
  more: number;
}

/** Addresses of what a convolution's way back reads and writes. What is undefined isn't there or isn't wanted. */
export interface BackwardOperands {
  x: number | undefined;
  filter: number | undefined;
  dy: number;
  dx: InputGradient | undefined;
  /** With a tangent, this is the gradient's tangent; otherwise the gradient itself. */
  dw: number | undefined;
  tangent?: { x: number | undefined; filter: number; dy: number; dx: InputGradient | undefined } | undefined;
}

/**
 * By tiles: dx = dy ∗ wᵀ and dw = Σ x ⊗ dy; or, with tangents, dx, its tangent dẏ ∗ wᵀ + dy ∗ ẇᵀ, and dw's Σ x ⊗ dẏ + ẋ ⊗ dy.
 * Each of the four tensors is transformed once, and products of two terms are one sum.
 */
export function convolveTilesBack(
  { x, filter, dy, dx, dw, tangent }: BackwardOperands,
  tiling: Tiling,
  backend: WasmBackend,
): void {
  const { info, form, rows, columns, inBorder, outBorder } = tiling;
  const { batchSize, inChannels, outChannels } = info;
  // For the sums, x goes with dẏ and ẋ with dy.
  const inputs = dw === undefined || x === undefined ? [] : tangent?.x === undefined ? [x] : [x, tangent.x];
  const gradients = tangent ? [tangent.dy, dy] : [dy];
  const results = tangent?.dx ? [tangent.dx, dx!] : dx ? [dx] : [];
  const depth = gradients.length * outChannels;
  const panelBytes = panelBytesFor(depth);
  const packed = results.length > 0 ? packedBytes(depth, inChannels) : 0;
  const inSets = Math.max(inputs.length, results.length);
  const place = layOut(tiling, { inSets, outSets: gradients.length, packed, summing: dw !== undefined });
  const companion = companionOf(backend);
  const table = scratchOf(backend, place.bytes);
  const work = table + tableBytes;
  const panels = table + place.panels;
  const planeStep = planeStepOf(info);
  const plane = inChannels * outChannels * 4;
  const pack = (source: number, first: number): void => {
    const planes = table + place.filter;
    form.filter(companion, planes, planeStep, source, plane, work);
    for (let i = 0; i < filterPlanes; i++) {
      const to = panels + i * packed;
      companion.packColumns(
        to,
        planes + i * planeStep,
        outChannels,
        inChannels,
        outChannels * 4,
        panelBytes,
        first,
      );
    }
  };
  if (results.length > 0) {
    pack(filter!, 0);
    if (tangent) pack(tangent.filter, outChannels);
  }

  const stage = table + place.stage;
  const sums = table + place.sums;
  const rowBytes = paddedWidth(inBorder) * inChannels * 4;
  const grid = {
    images: stage,
    rows,
    columns,
    rowBytes,
    imageBytes: paddedHeight(inBorder) * rowBytes,
  };
  for (let first = 0; first < batchSize; first += place.images) {
    const count = Math.min(place.images, batchSize - first);
    const tiles = count * rows * columns;
    const dyTiles = tilesAt(table + place.outTiles, tiles, outChannels, gradients.length);
    for (const [i, gradient] of gradients.entries()) {
      padTo(stage, gradient, outBorder, first, count, companion);
      form.gradient(companion, { ...grid, ...tilesOf(dyTiles, i), count }, work);
    }
    if (inputs.length > 0) {
      const xTiles = tilesAt(table + place.inTiles, tiles, inChannels, inputs.length);
      for (const [i, input] of inputs.entries()) {
        padTo(stage, input, inBorder, first, count, companion);
        form.input(companion, { ...grid, ...tilesOf(xTiles, i), count }, work);
      }
      sumTiles(companion, form, tiles, xTiles, dyTiles, { sums, planeStep }, table, first > 0);
    }
    // The tiles of x aren't needed any more: dx's take their place.
    const dxTiles = tilesAt(table + place.inTiles, tiles, inChannels, results.length);
    for (const [set, { dx: target, more }] of results.entries()) {
      // The last one is dx itself, from dy, the last of its tensors; its tangent is from both.
      const isTangent = set < results.length - 1;
      const from = isTangent ? { first: 0, sets: 2 } : { first: gradients.length - 1, sets: 1 };
      const matrix = { panels, panelBytes, packed };
      multiplyTiles(companion, form, tiles, { of: dyTiles, ...from }, matrix, { of: dxTiles, set }, table);
      companion.fillZero(stage, count * borderedBytes(inBorder));
      form.add(companion, { ...grid, ...tilesOf(dxTiles, set), count }, work);
      cropFrom(stage, target, more, inBorder, first, count, companion);
    }
  }
  if (dw !== undefined) form.filterGradient(companion, dw, sums, planeStep, plane, work);
}
