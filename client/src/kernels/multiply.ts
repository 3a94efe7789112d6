import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { packedBytes, panelBytesFor, tableBytes } from "./panels.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** A product of matrices in the backend's memory: c [rows, columns] = a·b, all row-major. */
export interface Product {
  /** Addresses. */
  a: number;
  b: number;
  c: number;
  rows: number;
  inner: number;
  columns: number;
  /** a is stored as [inner, rows]. */
  transposeA: boolean;
  /** b is stored as [columns, inner]. */
  transposeB: boolean;
  /** Address of [columns] numbers that are added to each row; 0 for none. */
  bias?: number;
  /** Cuts off at zero. */
  relu?: boolean;
  /** Adds to c; then there is no bias. */
  accumulate?: boolean;
}

/** Numbers of k that are added up before the next ones are packed: a panel then takes 16 KiB, half of a first-level cache. */
const innerBlock = 512;
/** Columns that are packed at once: 2 MiB of panels. */
const columnBlock = 1024;
/** For at most so many rows, packing b costs more than reading it where it is. */
const fewRows = 8;
/** A transposed a with longer rows than this is packed too: 27 GFLOP/s without at 1024, where each k takes a cache line of its own. */
const longRow = 512;
/** Rows of C whose part of a is packed at once: 1 MiB. */
const rowBlock = 512;

/** Runs a product; the inner length may be 0. */
export function multiply(product: Product, backend: WasmBackend): void {
  const {
    a,
    b,
    rows,
    inner,
    columns,
    transposeA,
    transposeB,
    bias = 0,
    relu = false,
    accumulate = false,
  } = product;
  if (rows === 0 || columns === 0) return;
  const companion = companionOf(backend);
  const aInner = transposeA ? rows * 4 : 4;
  const inPlace = rows <= fewRows && !transposeB && columns % 4 === 0;
  const packA = transposeA && rows > longRow && columns > 4;
  const blocks = Math.max(1, Math.ceil(inner / innerBlock));
  const depth = Math.ceil(inner / blocks);
  const width = inPlace ? columns : Math.min(columns, columnBlock);
  const bBytes = inPlace ? 0 : packedBytes(depth, width);
  const table = scratchOf(backend, tableBytes + bBytes + (packA ? packedBytes(depth, rowBlock) : 0));
  const panels = table + tableBytes;
  const aPanels = panels + bBytes;
  for (let column = 0; column < columns; column += width) {
    const count = Math.min(width, columns - column);
    for (let block = 0; block < blocks; block++) {
      const k = block * depth;
      const length = Math.min(depth, inner - k);
      const panelBytes = inPlace ? 32 : panelBytesFor(length);
      if (transposeB)
        companion.packColumns(panels, b + (column * inner + k) * 4, length, count, inner * 4, panelBytes, 0);
      else if (!inPlace)
        companion.packRows(panels, b + (k * columns + column) * 4, length, count, columns * 4, panelBytes, 0);
      const run = (from: number, row: number): void =>
        companion.contract(
          from,
          inPlace ? b + k * columns * 4 : panels,
          panelBytes,
          inPlace ? columns * 4 : 32,
          inPlace ? columns * 4 : 16,
          product.c + (row * columns + column) * 4,
          count,
          table,
          accumulate || block > 0,
          block === 0 && bias !== 0 ? bias + column * 4 : 0,
          relu && block === blocks - 1,
        );
      const packed = packA ? Math.floor(rows / 8) * 8 : 0;
      companion.setInner(1, 1, length, 0, 0, 32);
      for (let row = 0; row < packed; row += rowBlock) {
        const some = Math.min(rowBlock, packed - row);
        companion.packRows(aPanels, a + k * aInner + row * 4, length, some, aInner, panelBytesFor(length), 0);
        companion.setRows(1, some / 8, 8, 0, panelBytesFor(length), 4, 0, columns * 32, columns * 4);
        run(aPanels, row);
      }
      if (packed === rows) continue;
      companion.setInner(1, 1, length, 0, 0, aInner);
      companion.setRows(1, 1, rows - packed, 0, 0, transposeA ? 4 : inner * 4, 0, 0, columns * 4);
      run(a + k * aInner + packed * (transposeA ? 4 : inner * 4), packed);
    }
  }
}
