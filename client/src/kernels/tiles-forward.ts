import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { paddedHeight, paddedWidth } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { cropFrom, padTo } from "./stage.ts";
import { filterPlanes } from "./tile-forms.ts";
import { layOut, multiplyTiles, planeStepOf, tilesAt, tilesOf, type Some, type Tiling } from "./tiles.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** Addresses of what a convolution reads and writes; 0 for a bias that is absent. */
export interface ForwardOperands {
  x: number;
  filter: number;
  y: number;
  bias: number;
  relu: boolean;
  /** Derivatives along a direction: `x` is undefined where it is zero. Without relu. */
  tangent?: { x: number | undefined; filter: number; y: number; bias: number } | undefined;
}

/**
 * y = x ∗ w + b by tiles, and its tangent ẋ ∗ w + x ∗ ẇ + ḃ: x is transformed once for both, and the tangent's two products
 * are one sum.
 */
export function convolveTiles(
  { x, filter, y, bias, relu, tangent }: ForwardOperands,
  tiling: Tiling,
  backend: WasmBackend,
): void {
  const { info, form, rows, columns, inBorder, outBorder } = tiling;
  const { batchSize, inChannels, outChannels } = info;
  const inputs = tangent?.x === undefined ? [x] : [tangent.x, x];
  const outputs = tangent
    ? [
        { y: tangent.y, bias: tangent.bias },
        { y, bias },
      ]
    : [{ y, bias }];
  const both = inputs.length === 2;
  // k runs over ẋ, then x, in the tangent's panels: ẇ follows w. Where ẋ is zero, ẇ's panels follow all of w's.
  const depth = inputs.length * inChannels;
  const panelBytes = panelBytesFor(depth);
  const packed = packedBytes(depth, outChannels);
  const sets = tangent && !both ? 2 : 1;
  const place = layOut(tiling, {
    inSets: inputs.length,
    outSets: outputs.length,
    packed: sets * packed,
    summing: false,
  });
  const companion = companionOf(backend);
  const table = scratchOf(backend, place.bytes);
  const work = table + tableBytes;
  const panels = table + place.panels;
  const tangentPanels = both ? panels : panels + filterPlanes * packed;
  const planeStep = planeStepOf(info);
  const plane = inChannels * outChannels * 4;
  const pack = (source: number, target: number, first: number): void => {
    const planes = table + place.filter;
    form.filter(companion, planes, planeStep, source, plane, work);
    for (let i = 0; i < filterPlanes; i++) {
      const to = target + i * packed;
      companion.packRows(
        to,
        planes + i * planeStep,
        inChannels,
        outChannels,
        outChannels * 4,
        panelBytes,
        first,
      );
    }
  };
  pack(filter, panels, 0);
  if (tangent) pack(tangent.filter, tangentPanels, both ? inChannels : 0);

  const stage = table + place.stage;
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
    const from = tilesAt(table + place.inTiles, tiles, inChannels, inputs.length);
    const to = tilesAt(table + place.outTiles, tiles, outChannels, outputs.length);
    for (const [i, input] of inputs.entries()) {
      padTo(stage, input, inBorder, first, count, companion);
      form.input(companion, { ...grid, ...tilesOf(from, i), count }, work);
    }
    const multiply = (of: Omit<Some, "of">, panels: number, set: number): void =>
      multiplyTiles(
        companion,
        form,
        tiles,
        { of: from, ...of },
        { panels, panelBytes, packed },
        { of: to, set },
        table,
      );
    if (tangent) multiply({ first: 0, sets: inputs.length }, tangentPanels, 0);
    multiply({ first: inputs.length - 1, sets: 1 }, panels, outputs.length - 1);
    for (const [i, output] of outputs.entries()) {
      form.output(companion, { ...grid, ...tilesOf(to, i), count }, output.bias, relu, work);
      cropFrom(stage, output.y, 0, outBorder, first, count, companion);
    }
  }
}
