import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { paddedHeight, paddedWidth } from "./padded-images.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import { cropFrom, padTo } from "./stage.ts";
import { filterPlanes, type TileGrid } from "./tile-forms.ts";
import { layOut, multiplyTiles, planeStepOf, tileStep, type Tiling } from "./tiles.ts";
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

  const [inStep, outStep] = [tileStep(form, inChannels), tileStep(form, outChannels)];
  const stage = table + place.stage;
  const rowBytes = paddedWidth(inBorder) * inChannels * 4;
  const grid: Omit<TileGrid, "tiles" | "step" | "channels" | "count"> = {
    images: stage,
    rows,
    columns,
    rowBytes,
    imageBytes: paddedHeight(inBorder) * rowBytes,
  };
  for (let first = 0; first < batchSize; first += place.images) {
    const count = Math.min(place.images, batchSize - first);
    const tiles = count * rows * columns;
    const from = { address: table + place.inTiles, channels: inChannels, step: inputs.length * inStep };
    const to = { address: table + place.outTiles, channels: outChannels, step: outputs.length * outStep };
    for (const [i, input] of inputs.entries()) {
      padTo(stage, input, inBorder, first, count, companion);
      const at = { tiles: from.address + i * inStep, step: from.step, channels: inChannels, count };
      form.input(companion, { ...grid, ...at }, work);
    }
    const lastInput = { ...from, address: from.address + (inputs.length - 1) * inStep };
    const lastOutput = { ...to, address: to.address + (outputs.length - 1) * outStep };
    const matrix = { panelBytes, packed };
    if (tangent)
      multiplyTiles(
        companion,
        form,
        tiles,
        from,
        inputs.length,
        { ...matrix, panels: tangentPanels },
        to,
        table,
      );
    multiplyTiles(companion, form, tiles, lastInput, 1, { ...matrix, panels }, lastOutput, table);
    for (const [i, output] of outputs.entries()) {
      const at = { tiles: to.address + i * outStep, step: to.step, channels: outChannels, count };
      form.output(companion, { ...grid, ...at }, output.bias, relu, work);
      cropFrom(stage, output.y, 0, outBorder, first, count, companion);
    }
  }
}
