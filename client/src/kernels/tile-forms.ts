import type { CompanionFunctions } from "./companion/module.ts";

/** Products of a tile with the same grid: planes of a transformed filter, each with as many places of the tile. */
interface Products {
  planes: number;
  /** The first plane of the filter. */
  filter: number;
  /** Place of the first plane's first number in a tile, and from one plane to the next, in vectors of channels. */
  first: number;
  next: number;
  /** Places that meet the same plane of the filter, and from one to the next. */
  places: number;
  step: number;
}

/** Where images lie that are cut into tiles, or made of them. */
export interface TileGrid {
  /** Transformed tiles, `step` bytes apart; their places `spacing` bytes apart. */
  tiles: number;
  step: number;
  spacing: number;
  /** Images with all tiles inside. */
  images: number;
  count: number;
  rows: number;
  columns: number;
  channels: number;
  /** Bytes between rows and images of inputs; outputs fill their tiles. */
  rowBytes: number;
  imageBytes: number;
}

/** A kind of minimal filtering in two dimensions: tiles.ts computes convolutions by it. */
export interface TileForm {
  window: 3 | 5;
  stride: 1 | 2;
  /** Outputs and inputs along a tile's edge. Neighbouring tiles are edge·stride inputs apart. */
  edge: 2 | 4;
  reach: 6 | 9;
  /** Multiplications a tile: numbers of a transformed tile, a channel. */
  points: number;
  products: readonly Products[];
  input(companion: CompanionFunctions, grid: TileGrid, work: number): void;
  /** To images [count, edge·rows, edge·columns, channels]. */
  output(companion: CompanionFunctions, grid: TileGrid, bias: number, relu: boolean, work: number): void;
  /** The transpose of output. */
  gradient(companion: CompanionFunctions, grid: TileGrid, work: number): void;
  /** The transpose of input: adds to the images. */
  add(companion: CompanionFunctions, grid: TileGrid, work: number): void;
  filter(companion: CompanionFunctions, ...args: FilterArguments): void;
  /** The transpose of filter. */
  filterGradient(companion: CompanionFunctions, ...args: FilterArguments): void;
}

/** Target, source with the distance of transformed planes in between, bytes of a plane, work space: as six-filter.ts has them. */
type FilterArguments = [target: number, a: number, b: number, plane: number, work: number];

/** Planes of a transformed filter. */
export const filterPlanes = 36;

/** Room for the 81 vectors of a tile that transforms are computed in. */
export const vectorsBytes = 1344;

/** Tiles of 6 × 6 inputs without stride (six-tiles.ts in client/kernels-wasm). */
function six(window: 3 | 5): TileForm {
  const edge = window === 3 ? 4 : 2;
  return {
    window,
    stride: 1,
    edge,
    reach: 6,
    points: 36,
    products: [{ planes: 36, filter: 0, first: 0, next: 1, places: 1, step: 0 }],
    input(companion, g, work) {
      const { tiles, step, spacing, images, count, rows, columns, channels, rowBytes, imageBytes } = g;
      companion.sixInput(
        edge,
        tiles,
        step,
        spacing,
        images,
        count,
        rows,
        columns,
        channels,
        rowBytes,
        imageBytes,
        work,
      );
    },
    output(companion, { tiles, step, spacing, images, count, rows, columns, channels }, bias, relu, work) {
      companion.sixOutput(
        edge,
        images,
        tiles,
        step,
        spacing,
        count,
        rows,
        columns,
        channels,
        bias,
        relu,
        work,
      );
    },
    gradient(companion, { tiles, step, spacing, images, count, rows, columns, channels }, work) {
      companion.sixGradient(edge, tiles, step, spacing, images, count, rows, columns, channels, work);
    },
    add(companion, g, work) {
      const { tiles, step, spacing, images, count, rows, columns, channels, rowBytes, imageBytes } = g;
      companion.sixAdd(
        edge,
        images,
        tiles,
        step,
        spacing,
        count,
        rows,
        columns,
        channels,
        rowBytes,
        imageBytes,
        work,
      );
    },
    filter: (companion, ...args) => companion.sixFilter(window, ...args),
    filterGradient: (companion, ...args) => companion.sixFilterGradient(window, ...args),
  };
}

/** Tiles of 9 × 9 inputs with a stride of 2 (nine-tiles.ts). */
function nine(): TileForm {
  return {
    window: 3,
    stride: 2,
    edge: 4,
    reach: 9,
    points: 81,
    products: [
      { planes: 25, filter: 0, first: 0, next: 1, places: 1, step: 0 },
      { planes: 5, filter: 25, first: 25, next: 4, places: 4, step: 1 },
      { planes: 5, filter: 30, first: 45, next: 1, places: 4, step: 5 },
      { planes: 1, filter: 35, first: 65, next: 0, places: 16, step: 1 },
    ],
    input(companion, g, work) {
      const { tiles, step, spacing, images, count, rows, columns, channels, rowBytes, imageBytes } = g;
      companion.nineInput(
        tiles,
        step,
        spacing,
        images,
        count,
        rows,
        columns,
        channels,
        rowBytes,
        imageBytes,
        work,
      );
    },
    output(companion, { tiles, step, spacing, images, count, rows, columns, channels }, bias, relu, work) {
      companion.nineOutput(images, tiles, step, spacing, count, rows, columns, channels, bias, relu, work);
    },
    gradient(companion, { tiles, step, spacing, images, count, rows, columns, channels }, work) {
      companion.nineGradient(tiles, step, spacing, images, count, rows, columns, channels, work);
    },
    add(companion, g, work) {
      const { tiles, step, spacing, images, count, rows, columns, channels, rowBytes, imageBytes } = g;
      companion.nineAdd(
        images,
        tiles,
        step,
        spacing,
        count,
        rows,
        columns,
        channels,
        rowBytes,
        imageBytes,
        work,
      );
    },
    filter: (companion, ...args) => companion.nineFilter(...args),
    filterGradient: (companion, ...args) => companion.nineFilterGradient(...args),
  };
}

const forms: readonly TileForm[] = [six(3), six(5), nine()];

/** The form that a window and a stride have, if any. */
export const tileForm = (window: number, stride: number): TileForm | undefined =>
  forms.find((form) => form.window === window && form.stride === stride);
